"""One thread of linear algebra, unless the environment says otherwise; to be imported before NumPy.

Matrices are mostly small here, and threads that wait for each other cost time: on a busy machine, several times as much
as the work.
"""

import os

for library in ("OPENBLAS", "OMP", "MKL"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")
