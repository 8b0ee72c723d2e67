"""``python -m wattbook``: the command line."""

import sys

from wattbook.cli import main

sys.exit(main())
