"""Links to files of the project that are no pages become their text: the site does not have them.

On a web page of the repository they work.
"""

from __future__ import annotations

import posixpath
import re
from typing import Any

LINK = re.compile(r"(?<!!)\[([^\]\n]+)\]\(([^)\s#]+)[^)\s]*\)")


def on_page_markdown(markdown: str, *, page: Any, **kwargs: Any) -> str:
    folder = posixpath.dirname(page.file.src_uri)

    def without(link: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(folder, link[2]))
        return link[1] if target.startswith("../") else link[0]

    return LINK.sub(without, markdown)
