"""Stand-in for setuptools while `pip download` runs.

pip asks the build backend of a source distribution for its metadata, even when only the file
is wanted. The real backend would run setup.py, which needs a compiler and other packages.
"""
