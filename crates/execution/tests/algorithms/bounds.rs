//! What an execution keeps to, whatever happens.

use crate::desk::Desk;
use crate::made::{NAMES, SECOND, execution, phase, quote, terms, trade};
use proptest::prelude::*;
use wattbook_domain::market::Phase;
use wattbook_domain::{Side, Volume};
use wattbook_execution::algorithms::{Trajectory, VolumeCurve};

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// No more than the volume, no worse than the limit, only in its time, and nothing left behind,
    /// whatever comes in whichever order.
    #[test]
    fn an_execution_keeps_to_its_terms(
        which in 0..NAMES.len(),
        is_sale in any::<bool>(),
        lots in 1_i64..200,
        limit in prop::option::of(-60_i64..60),
        events in prop::collection::vec((0_u8..12, any::<u8>(), -50_i64..50, 1_i64..40, 0_i64..9), 1..250),
    ) {
        let side = if is_sale { Side::Sell } else { Side::Buy };
        let mut desk = Desk::new(execution(NAMES[which], terms(side, lots, limit)));
        for (kind, child, ticks, lots, wait) in events {
            desk.now = desk.now.plus_nanos(wait * SECOND);
            match kind {
                0..=6 => desk.venue(child, kind, lots)?,
                7 => desk.market(&quote(ticks, ticks + 1 + i64::from(child % 7), lots))?,
                8 => desk.market(&trade(ticks, lots, side))?,
                9 => desk.market(&phase([Phase::Continuous, Phase::Halted, Phase::ClosingCall, Phase::OpeningCall][child as usize % 4]))?,
                10 => desk.market(&quote(ticks, ticks + 2, 0))?,
                _ => {
                    desk.execution.on_time(desk.now, &mut desk.out);
                    desk.check()?;
                }
            }
            prop_assert!(desk.filled - desk.late <= desk.execution.terms().volume);
            prop_assert_eq!(desk.execution.progress().filled, desk.filled);
            prop_assert_eq!(desk.execution.progress().open, desk.open());
        }
        desk.finish()?;
        let ended = desk.execution.ended();
        prop_assert!(ended.is_some(), "still open: {:?}", desk.execution.progress());
        prop_assert_eq!(desk.open(), Volume::ZERO);
        // Nothing follows the end.
        desk.market(&quote(1, 2, 30))?;
        desk.execution.on_time(desk.now.plus_nanos(SECOND), &mut desk.out);
        prop_assert!(desk.out.is_empty());
    }

    /// A venue that refuses each change and each cancel at once is not asked without end.
    #[test]
    fn what_is_refused_at_once_is_not_asked_for_at_once(
        which in 0..NAMES.len(),
        lots in 1_i64..200,
        events in prop::collection::vec((0_u8..4, any::<u8>(), -50_i64..50, 1_i64..40, 0_i64..9), 1..120),
    ) {
        let mut desk = Desk::new(execution(NAMES[which], terms(Side::Buy, lots, None)));
        for (kind, child, ticks, lots, wait) in events {
            desk.now = desk.now.plus_nanos(wait * SECOND);
            match kind {
                0 => desk.venue(child, 1, lots)?,
                1 => desk.market(&trade(ticks, lots, Side::Buy))?,
                2 => desk.market(&quote(ticks, ticks + 1 + i64::from(child % 7), lots))?,
                _ => {
                    desk.execution.on_time(desk.now, &mut desk.out);
                    desk.check()?;
                }
            }
            desk.refuse_all()?;
        }
    }

    /// Every trajectory rises from nothing to everything.
    #[test]
    fn a_trajectory_rises_from_0_to_1(urgency in 0.0_f64..1_000.0, steps in 2_usize..40) {
        let trajectory = Trajectory::new(urgency).unwrap();
        let shares: Vec<f64> = (0..=steps).map(|step| trajectory.share(step as f64 / steps as f64)).collect();
        prop_assert!(shares[0].abs() < 1e-9 && (shares[steps] - 1.0).abs() < 1e-9);
        prop_assert!(shares.windows(2).all(|pair| pair[0] <= pair[1] + 1e-12));
    }

    #[test]
    fn a_volume_curve_rises_from_0_to_1(days in prop::collection::vec(prop::collection::vec(0.0_f64..100.0, 12), 1..6)) {
        prop_assume!(days.iter().flatten().sum::<f64>() > 0.0);
        let curve = VolumeCurve::forecast(&days, 5.0).unwrap();
        let shares: Vec<f64> = (0..=48).map(|step| curve.share(f64::from(step) / 48.0)).collect();
        prop_assert!(shares[0].abs() < 1e-12 && (shares[48] - 1.0).abs() < 1e-12);
        prop_assert!(shares.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
