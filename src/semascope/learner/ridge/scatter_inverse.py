"""The inverse of a penalised scatter matrix. n rows, d dims."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import eigh, solve_triangular
from scipy.linalg.blas import dsyrk
from scipy.linalg.lapack import dpotrf, dpotri

if TYPE_CHECKING:
    from semascope.errors import ConfigError, DataError
    from semascope.types import Floats

# Largest squared distance of a row from the mean over alpha: beyond it float64 runs out of digits.
STEEPEST = 1e10


def check_reach(square: float, alpha: float, error: type[ConfigError | DataError]) -> None:
    """Refuse a penalty that is too small for a row whose squared distance from the mean is ``square``."""
    if not square <= STEEPEST * alpha:
        raise error(
            f"alpha is {alpha:g} and a row lies {np.sqrt(square):.3g} from the mean; alpha must be at least "
            f"{1 / STEEPEST:g} times the square of that distance; take a larger alpha or scale the vectors down"
        )


def inverse_of_scatter(scatter: Floats, alpha: float) -> Floats:
    """(d, d) inverse of ``scatter + alpha I``; lower triangles, the upper ones are not read and hold nothing.

    By Cholesky; by eigenvalues where rounding has left the sum not positive definite.
    """
    penalised = np.array(scatter, order="F")
    penalised[np.diag_indices_from(penalised)] += alpha
    factor, failed = dpotrf(penalised, lower=1, clean=0, overwrite_a=1)
    if not failed:
        inverse: Floats = dpotri(factor, lower=1, overwrite_c=1)[0]
        return inverse
    values, basis = eigh(scatter, lower=True, driver="evd", check_finite=False)
    return np.asfortranarray((basis / (np.maximum(values, 0) + alpha)) @ basis.T)


def inverse_by_rows(z: Floats, alpha: float) -> Floats:
    """(d, d) inverse of ``z'z + alpha I`` for fewer rows than dims, from the (n, n) products of rows; lower triangle.

    ``(I - z' (z z' + alpha I)^-1 z) / alpha``: what no row reaches stays exactly 1 / alpha.
    """
    products = z @ z.T
    products[np.diag_indices_from(products)] += alpha
    factor = np.linalg.cholesky(products)
    half = solve_triangular(factor, z, lower=True, check_finite=False)  # (n, d)
    result = np.eye(z.shape[1], order="F")
    return dsyrk(-1 / alpha, half.T, beta=1 / alpha, c=result, lower=1, overwrite_c=1)  # type: ignore[no-any-return]
