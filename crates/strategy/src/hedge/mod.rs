//! Positions in hedges that make the conditional value at risk least.
//!
//! With `S` equally likely scenarios, losses `L(x) = −base − R x` and costs `c |x|`, the least of `CVaR(L(x)) + c |x|`
//! over `lower ≤ x ≤ upper` is a linear programme (Rockafellar and Uryasev 2000). Its dual has a row for each
//! instrument and one more: weights `0 ≤ q ≤ 1 / ((1 − α) S)` of scenarios that sum to one, and for each instrument what
//! its cost and its bounds add to `Rᵀ q = 0`. Its multipliers are the positions and the value at risk. We solve it by
//! the dual simplex method with steepest edges and a long step (Koberstein 2008, chapters 3 and 6): each iteration
//! moves the positions along an edge past every scenario that crosses the quantile, to the best point of that edge.
//! The inverse of the basis is dense and small. A new scenario starts from the old basis.

mod basis;
mod edge;
mod error;
mod problem;
mod solve;

pub use error::HedgeError;
pub use problem::HedgeProblem;
pub use solve::{CvarHedge, Hedge};
