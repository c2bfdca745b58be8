"""Makes the modules known that live tests share with tools, other tests and C tests."""

import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path += [os.path.join(ROOT, "tools", "lib"), os.path.join(ROOT, "tests", "lib")]
