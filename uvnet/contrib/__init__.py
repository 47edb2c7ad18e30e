"""What lets other projects' programs run on our loop, where they have no setting for it.

Nothing here is imported by uvnet itself, and each module needs the project it is for:

    uvnet.contrib.gunicorn          worker classes for gunicorn
    uvnet.contrib.pytest_asyncio    a plug-in for pytest-asyncio
    uvnet.contrib.uvloop_alias      our loop under the name of uvloop
"""
