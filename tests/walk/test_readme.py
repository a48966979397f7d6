"""README's five calls, run as they stand."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from deploy.stack import ROOT
from tests.walk.conftest import Running
from tests.walk.journey import BOOTSTRAP_TOKEN, operator, programme, release, until

pytestmark = [pytest.mark.walk, pytest.mark.timeout(120)]


def test_a_partner_connects_with_readmes_five_calls(embedded_stack: Running, tmp_path: Path) -> None:
    if shutil.which("curl") is None or shutil.which("openssl") is None:
        pytest.skip("curl and openssl are not installed")
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.search(r"<!-- partner: begin -->\n```sh\n(.*?)```", text, re.DOTALL)
    assert block is not None
    first, rest = block[1].split("# 2. ")
    environment = {**os.environ, "GREENLIGHT_URL": embedded_stack.url, "GREENLIGHT_TOKEN": BOOTSTRAP_TOKEN}
    with embedded_stack.client() as client:
        desk = operator(client)
        programme(desk)
        # A person reads the first answer before typing on; here the wait is for the token to be known.
        wait = (
            'until [ "$(curl -s -o /dev/null -w %{http_code} "$GREENLIGHT_URL/v1/companies/kestrel" '
            '-H "Authorization: Bearer $PARTNER_TOKEN")" != 401 ]; do :; done\n'
        )
        script = f"set -eu\n{first}\n{wait}# 2. {rest}"
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        accepted = json.loads((tmp_path / "accepted.json").read_text(encoding="utf-8"))
        assert f'"application_id":"{accepted["application_id"]}"' in done.stdout
        until(
            lambda: desk.get(f"/v1/applications/{accepted['application_id']}"), lambda file: file["state"] == "approved"
        )
        release(desk)
        account = desk.until("/v1/programmes/h200-2026/accounts/kestrel", lambda _: True)
        assert account["balance"]["granted_units"] == 512  # type: ignore[index]
