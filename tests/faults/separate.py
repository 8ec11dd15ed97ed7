"""The platform in separate processes, whose watching process is killed: its parts follow, and the next start finds all."""

from tests.deploy.command import open_folder, running, until

CARD = "/api/v1/registry/communities/mx-manzanillo"


def test_the_parts_follow_the_process_that_watches_over_them():
    with open_folder() as folder:
        with running(folder / "data", "--separate") as platform, platform.client() as visitor:
            assert visitor.get(CARD).status_code == 200
            platform.process.kill()
            platform.process.wait()
            until(lambda: not platform.left_behind(), 20, "the parts follow the process that watches over them")
        with running(folder / "data", "--separate") as again, again.client() as visitor:
            assert again.invitations == []
            assert visitor.get(CARD).status_code == 200
