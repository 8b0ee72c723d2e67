"""A worker: ``python -m wattbook.forecast.deep FOLDER``, alone or under PyTorch's launcher."""

import sys
from pathlib import Path

from wattbook.forecast.deep.work import work

work(Path(sys.argv[1]))
