"""The command line is light, and says what it can do."""

import subprocess
import sys

import pytest

from wattbook.cli.main import COMMANDS, parser


def test_help_loads_no_heavy_library() -> None:
    program = (
        "import sys\nfrom wattbook.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'numpy', 'polars', 'pyarrow', 'pandas', 'rich'} & set(sys.modules)\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    for name, summary in COMMANDS.items():
        assert f"{name} " in done.stdout
        assert summary.split(",", maxsplit=1)[0] in done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parser().parse_args([command, "--help"])
    assert ended.value.code == 0
    assert "usage: wattbook " + command in capsys.readouterr().out
