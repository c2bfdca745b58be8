#!/usr/bin/python3
"""Tests the campaign itself: a hub that finds an older copy of its store must be caught."""

import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

run = subprocess.run([os.path.join(ROOT, "tools", "crash"), "--cycles", "6", "--seed", "1", "--json",
                      "--plant-rollback"], stdout=subprocess.PIPE, check=False)
figures = json.loads(run.stdout)
if run.returncode != 1 or figures["lost"] == 0:
    sys.exit(f"the planted fault was not seen: exit {run.returncode}, {figures}")
print(f"seen: {figures}")
