"""Build rot13 beside this file: python setup.py build_ext --inplace"""

from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

import uvnet

extension = Extension("rot13", ["rot13.pyx"], include_dirs=uvnet.get_include())
# Where `from uvnet... cimport` looks: the folder that uvnet is in.
packages = str(Path(uvnet.__file__).parents[1])

setup(name="rot13", ext_modules=cythonize([extension], include_path=[packages], language_level=3))
