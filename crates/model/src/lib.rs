//! Fast fitting of forecast models.
//!
//! [`Lear`] is the LASSO estimated autoregressive model of Lago et al. (2021) for 24 prices a day; its paths are
//! exact, by least angle regression on one Gram matrix for all hours. [`scale::Scale`] tames prices, [`lars`] walks
//! the path of one target. [`Boost`] grows trees on binned columns, missing values among them. [`OnnxModel`] runs
//! exported models.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod bins;
pub mod error;
pub mod gram;
pub mod lars;
pub mod lear;
pub mod onnx;
mod saved;
pub mod scale;
pub mod trees;

pub use error::ModelError;
pub use lear::{Lear, LearFit, Penalty};
pub use onnx::{Device, OnnxModel};
pub use trees::{Boost, BoostFit, Loss};
