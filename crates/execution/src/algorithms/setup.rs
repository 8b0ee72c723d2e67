//! Algorithms by name, with parameters by name: how desk files and Python strategies state them.

use std::collections::BTreeMap;

use wattbook_domain::Volume;
use wattbook_domain::parent::Algorithm;

use super::arrival::ArrivalPrice;
use super::close::Close;
use super::cost::MarketModel;
use super::curve::VolumeCurve;
use super::error::AlgorithmError;
use super::execution::Care;
use super::iceberg::Iceberg;
use super::liquidation::Liquidation;
use super::participation::Participation;
use super::peg::Peg;
use super::rule::{Alone, Rule};
use super::shortfall::{ImplementationShortfall, Trajectory};
use super::sniper::Sniper;
use super::terms::ParentTerms;
use super::tracker::Tracker;
use super::twap::Twap;
use super::vwap::Vwap;

const NAMES: [(&str, Algorithm); 10] = [
    ("twap", Algorithm::Twap),
    ("vwap", Algorithm::Vwap),
    ("participation", Algorithm::Participation),
    (
        "implementation_shortfall",
        Algorithm::ImplementationShortfall,
    ),
    ("arrival_price", Algorithm::ArrivalPrice),
    ("iceberg", Algorithm::Iceberg),
    ("peg", Algorithm::Peg),
    ("sniper", Algorithm::Sniper),
    ("close", Algorithm::Close),
    ("liquidation", Algorithm::Liquidation),
];

const KNOWN: &str = "twap, vwap, participation, implementation_shortfall, arrival_price, iceberg, peg, \
                     sniper, close, liquidation";

/// The names of the parameters that every algorithm has.
const COMMON: [&str; 9] = [
    "ahead",
    "patience",
    "finish",
    "reach",
    "improve",
    "stale_seconds",
    "reprice_seconds",
    "child_volume",
    "refusals",
];

/// How a parent order is to be worked.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Which algorithm.
    pub algorithm: Algorithm,
    name: &'static str,
    parameters: BTreeMap<String, f64>,
    curve: VolumeCurve,
}

impl Setup {
    /// The algorithm called `name` with `parameters`; a volume curve is what VWAP follows.
    ///
    /// # Errors
    /// [`AlgorithmError`] for an unknown name, or a parameter that is unknown or out of its range.
    pub fn new(
        name: &str,
        parameters: impl IntoIterator<Item = (String, f64)>,
        curve: Option<VolumeCurve>,
    ) -> Result<Self, AlgorithmError> {
        let known = NAMES.iter().find(|(known, _)| *known == name);
        let Some((name, algorithm)) = known else {
            let name = name.to_owned();
            return Err(AlgorithmError::UnknownAlgorithm { name, known: KNOWN });
        };
        let this = Self {
            algorithm: *algorithm,
            name,
            parameters: parameters.into_iter().collect(),
            curve: curve.unwrap_or_else(VolumeCurve::even),
        };
        let own = own_parameters(*algorithm);
        let unknown = this
            .parameters
            .keys()
            .find(|name| !own.contains(&name.as_str()) && !COMMON.contains(&name.as_str()));
        if let Some(name) = unknown {
            return Err(AlgorithmError::UnknownParameter {
                algorithm: this.name,
                name: name.clone(),
                known: [own, &COMMON].concat().join(", "),
            });
        }
        this.care()?;
        this.rule(None, 3_600.0)?;
        Ok(this)
    }

    /// How carefully children are placed.
    ///
    /// # Errors
    /// [`AlgorithmError::Parameter`] for one out of its range.
    pub fn care(&self) -> Result<Care, AlgorithmError> {
        let plain = Care::default();
        let stale = self.read("stale_seconds", plain.stale_ns as f64 / 1e9, 0.001, 1e6)?;
        let reprice = self.read("reprice_seconds", plain.reprice_ns as f64 / 1e9, 0.0, 1e6)?;
        let child = self.read("child_volume", 0.0, 0.0, 1e9)?;
        Ok(Care {
            stale_ns: (stale * 1e9) as i64,
            reprice_ns: (reprice * 1e9) as i64,
            child_volume: (child > 0.0).then(|| volume(child)),
            refusals: self.read("refusals", f64::from(plain.refusals), 1.0, 1e6)? as u32,
            ..plain
        })
    }

    /// The rule for `terms`, in a market like `model` where it is known.
    ///
    /// # Errors
    /// [`AlgorithmError::Parameter`] for one out of its range.
    pub fn build(
        &self,
        terms: &ParentTerms,
        model: Option<&MarketModel>,
    ) -> Result<Box<dyn Rule>, AlgorithmError> {
        for field in ["child_volume", "display"] {
            self.check_lot(field, terms)?;
        }
        self.rule(model, terms.duration_ns() as f64 / 1e9)
    }

    fn rule(
        &self,
        model: Option<&MarketModel>,
        seconds: f64,
    ) -> Result<Box<dyn Rule>, AlgorithmError> {
        let tracker = self.tracker()?;
        let completes = self.read("completes", 1.0, 0.0, 1.0)? > 0.0;
        Ok(match self.algorithm {
            Algorithm::Vwap => Box::new(Vwap {
                tracker,
                curve: self.curve.clone(),
            }),
            Algorithm::Participation => Box::new(Participation {
                tracker,
                rate: self.read("rate", 0.1, 1e-6, 1.0)?,
                completes,
            }),
            Algorithm::ImplementationShortfall => Box::new(ImplementationShortfall {
                tracker,
                trajectory: self.trajectory(model, seconds)?,
            }),
            Algorithm::ArrivalPrice => Box::new(ArrivalPrice {
                tracker,
                trajectory: self.trajectory(model, seconds)?,
                scale: self.read("scale", 10.0, 1e-3, 1e9)?,
                slack: self.read("slack", 0.3, 0.0, 1.0)?,
            }),
            Algorithm::Iceberg => Box::new(Iceberg {
                tracker,
                display: volume(self.read("display", 1.0, 1e-6, 1e9)?),
                completes,
                alone: Alone::default(),
            }),
            Algorithm::Peg => Box::new(Peg {
                tracker,
                offset: self.read("offset", 0.0, -1e6, 1e6)? as i64,
                completes,
                alone: Alone::default(),
            }),
            Algorithm::Sniper => Box::new(Sniper::new(
                tracker,
                [
                    self.read("edge", -1e6, -1e6, 1e6)?,
                    self.read("memory", 0.003, 1e-6, 10.0)?,
                    self.read("reversion", 0.2, 0.0, 1.0)?,
                    self.read("imbalance", 0.5, 0.0, 1.0)?,
                    self.read("capture", 0.5, 1e-3, 1.0)?,
                ],
                (
                    self.read("lead", 1.0, 0.0, 1.0)?,
                    self.read("shows", 1.0, 0.0, 1e6)? as i64,
                ),
                completes,
            )),
            Algorithm::Close => Box::new(Close {
                tracker,
                auction: self.read("auction", 1.0, 0.0, 1.0)?,
                works: self.works()?,
            }),
            Algorithm::Liquidation => Box::new(Liquidation {
                tracker,
                bend: self.read("bend", 1.5, 0.05, 20.0)?,
            }),
            _ => Box::new(Twap { tracker }),
        })
    }

    /// What is less than a lot could never be placed.
    fn check_lot(&self, field: &'static str, terms: &ParentTerms) -> Result<(), AlgorithmError> {
        let value = self.parameters.get(field).copied().unwrap_or(0.0);
        if value > 0.0 && terms.grids.on_lot(volume(value)) == Volume::ZERO {
            return Err(AlgorithmError::Parameter {
                algorithm: self.name,
                field,
                value,
                fix: "at least a lot of the instrument",
            });
        }
        Ok(())
    }

    fn tracker(&self) -> Result<Tracker, AlgorithmError> {
        let plain = Tracker::default();
        Ok(Tracker {
            ahead: self.read("ahead", plain.ahead, 0.0, 1.0)?,
            patience: self.read("patience", plain.patience, 0.0, 1.0)?,
            finish: self.read("finish", plain.finish, 0.0, 1.0)?,
            reach: self.read("reach", plain.reach as f64, 0.0, 1e6)? as i64,
            improve: self.read("improve", plain.improve as f64, 1.0, 1e6)? as i64,
        })
    }

    /// When the part before the closing call is worked, in shares of the time.
    fn works(&self) -> Result<(f64, f64), AlgorithmError> {
        let from = self.read("works_from", 0.8, 0.0, 1.0)?;
        let until = self.read("works_until", 0.95, 0.0, 1.0)?;
        if from < until {
            return Ok((from, until));
        }
        Err(AlgorithmError::Parameter {
            algorithm: self.name,
            field: "works_until",
            value: until,
            fix: "a share of the time after works_from",
        })
    }

    /// As given by κT, else by the risk aversion in a market that is known, else mildly urgent.
    fn trajectory(
        &self,
        model: Option<&MarketModel>,
        seconds: f64,
    ) -> Result<Trajectory, AlgorithmError> {
        let urgency = self.read("urgency", 1.5, 0.0, 1e6)?;
        let aversion = self.read("risk_aversion", 0.0, 0.0, 1e12)?;
        match model {
            Some(model) if aversion > 0.0 && !self.parameters.contains_key("urgency") => {
                // A market without measured impact would be traded at once; a spread is impact too.
                let impact = model.temporary().max(model.half_spread * 1e-3);
                Trajectory::optimal(aversion, model.volatility, impact, seconds)
            }
            _ => Trajectory::new(urgency),
        }
    }

    fn read(
        &self,
        field: &'static str,
        plain: f64,
        least: f64,
        most: f64,
    ) -> Result<f64, AlgorithmError> {
        let value = self.parameters.get(field).copied().unwrap_or(plain);
        if (least..=most).contains(&value) {
            return Ok(value);
        }
        let algorithm = self.name;
        let fix = if least > 0.0 {
            "a positive number within reason (shares: at most 1)"
        } else {
            "a number from 0 on within reason (shares: at most 1)"
        };
        Err(AlgorithmError::Parameter {
            algorithm,
            field,
            value,
            fix,
        })
    }
}

const fn own_parameters(algorithm: Algorithm) -> &'static [&'static str] {
    match algorithm {
        Algorithm::Participation => &["rate", "completes"],
        Algorithm::ImplementationShortfall => &["urgency", "risk_aversion"],
        Algorithm::ArrivalPrice => &["urgency", "risk_aversion", "scale", "slack"],
        Algorithm::Iceberg => &["display", "completes"],
        Algorithm::Peg => &["offset", "completes"],
        Algorithm::Sniper => &[
            "edge",
            "memory",
            "reversion",
            "imbalance",
            "capture",
            "lead",
            "shows",
            "completes",
        ],
        Algorithm::Close => &["auction", "works_from", "works_until"],
        Algorithm::Liquidation => &["bend"],
        _ => &[],
    }
}

fn volume(value: f64) -> Volume {
    Volume::from_millionths((value * 1e6).round() as i64)
}
