"""Generates the protocol's messages from its .proto while the package is built, so that no generated code is kept."""

from importlib.metadata import version
from pathlib import Path

import grpc_tools
from grpc_tools import protoc
from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

HERE = Path(__file__).resolve().parent
PROTO = "lattice/v1/store.proto"
IN_TREE = HERE.parent.parent / "lattice.protocol" / "src" / "main" / "protobuf"
IN_SDIST = HERE / "protobuf"


def proto_root() -> Path:
    for root in (IN_TREE, IN_SDIST):
        if (root / PROTO).is_file():
            return root
    raise SystemExit(f"{PROTO} is missing: build in Lattice's tree, or from a source distribution.")


class BuildPy(build_py):
    """Also generates lattice.v1."""

    def run(self):
        super().run()
        target = HERE / "src" if self.editable_mode else Path(self.build_lib)
        package = target / "lattice" / "v1"
        package.mkdir(parents=True, exist_ok=True)
        well_known = Path(grpc_tools.__file__).parent / "_proto"
        root = proto_root()
        status = protoc.main(["protoc", f"-I{root}", f"-I{well_known}", f"--python_out={target}", PROTO])
        if status != 0:
            raise SystemExit(f"protoc failed on {PROTO} with status {status}.")
        (package / "__init__.py").write_text('"""The messages of the Lattice Store Protocol, generated."""\n')


class Sdist(sdist):
    """Takes the .proto along, which is outside of this folder."""

    def make_release_tree(self, base_dir, files):
        super().make_release_tree(base_dir, files)
        copy = Path(base_dir) / "protobuf" / PROTO
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes((proto_root() / PROTO).read_bytes())


setup(
    cmdclass={"build_py": BuildPy, "sdist": Sdist},
    install_requires=[
        "grpcio>=1.60",
        # Generated messages need the protobuf that generated them, or a newer one.
        f"protobuf>={version('protobuf')}",
        "googleapis-common-protos>=1.60",
    ],
)
