"""PEP 517 hooks that answer from PKG-INFO and execute nothing of the package."""
import email
import os
import sys


def get_requires_for_build_wheel(config_settings=None):
    return []


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    with open("PKG-INFO", encoding="utf-8") as info:
        head = email.message_from_file(info)
    name = "%s-%s.dist-info" % (head["Name"], head["Version"])
    os.mkdir(os.path.join(metadata_directory, name))
    with open(os.path.join(metadata_directory, name, "METADATA"), "w", encoding="utf-8") as out:
        out.write("Metadata-Version: 2.1\nName: %s\nVersion: %s\n" % (head["Name"], head["Version"]))
    return name


__legacy__ = sys.modules[__name__]
