import subprocess

import pytest

from dev import debian, odoo_package, steps


def make_odoo(folder, version="(19, 0, 0, FINAL, 0, '')"):
    (folder / "odoo").mkdir(parents=True)
    (folder / "odoo" / "release.py").write_text(f"version_info = {version}\n")
    return folder


@pytest.mark.parametrize("layout", ["source tree", "unpacked package", "the package itself"])
def test_odoo_home_may_be(layout, tmp_path, monkeypatch):
    inner = "usr/lib/python3/dist-packages" if layout == "unpacked package" else ""
    packages = make_odoo(tmp_path / inner)
    home = packages / "odoo" if layout == "the package itself" else tmp_path
    monkeypatch.setenv("ODOO_HOME", str(home))
    assert odoo_package.ensure() == packages


@pytest.mark.parametrize("version", ["(18, 0, 0, FINAL, 0, '')", "('saas~18', 3, 0, FINAL, 0, '')"])
def test_another_version_of_odoo_is_refused(version, tmp_path, monkeypatch):
    monkeypatch.setenv("ODOO_HOME", str(make_odoo(tmp_path, version)))
    with pytest.raises(steps.SetupError, match="not Odoo 19"):
        odoo_package.ensure()


def test_odoo_home_without_odoo_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("ODOO_HOME", str(tmp_path))
    with pytest.raises(steps.SetupError, match="holds no Odoo"):
        odoo_package.ensure()


def test_unpacked_packages_link_to_each_other(tmp_path):
    debs = []
    for name, files in {"font": ["font.ttf"], "page": []}.items():
        tree = tmp_path / name
        share = tree / "usr" / "share" / name
        share.mkdir(parents=True)
        (tree / "DEBIAN").mkdir()
        (tree / "DEBIAN" / "control").write_text(
            f"Package: {name}\nVersion: 1\nArchitecture: all\nMaintainer: Tests <tests@example.com>\nDescription: x\n"
        )
        for file in files:
            (share / file).write_text(file)
        if name == "page":
            (share / "used.ttf").symlink_to("/usr/share/font/font.ttf")
        debs.append(tmp_path / f"{name}.deb")
        subprocess.run(["dpkg-deb", "--root-owner-group", "-b", tree, debs[-1]], check=True, capture_output=True)
    target = tmp_path / "target"
    (target / "left over").mkdir(parents=True)
    debian.unpack(debs, target)
    assert (target / "usr/share/page/used.ttf").read_text() == "font.ttf"
    assert not (target / "left over").exists()
