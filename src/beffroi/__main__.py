"""`python -m beffroi` is `beffroi`."""

import sys

from beffroi.cli.main import main

sys.exit(main())
