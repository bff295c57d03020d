//! The handle by which a scenario with the executor `externally-controlled` is controlled.

use serde::{Deserialize, Serialize};
use thiserror::Error;
use tokio::sync::watch;

use crate::options::{ExecutorConfig, Scenario, max_vus};

/// What the scenario is to do. The numbers are those of the whole test, of which a process runs its part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExternalView {
    /// How many virtual users are to run.
    pub vus: u32,
    /// How many virtual users are, or are being, made ready.
    pub max_vus: u32,
    /// Whether it is paused: iterations end, and none begin.
    pub paused: bool,
}

/// Why a scenario cannot be controlled like this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ExternalError {
    /// There is no such scenario.
    #[error("no scenario of this test has the executor externally-controlled")]
    NotControlled,
    /// More are to run than there may be.
    #[error("cannot run {vus} virtual users: maxVUs is {max_vus}")]
    AboveMax {
        /// How many are to run.
        vus: u32,
        /// How many are to be ready.
        max_vus: u32,
    },
    /// Fewer are to be ready than at the start. Other scenarios may count on them.
    #[error("maxVUs cannot be {max_vus}: it may not fall below its initial value {start}")]
    BelowStart {
        /// How many are to be ready.
        max_vus: u32,
        /// How many were ready at the start.
        start: u32,
    },
    /// The processes of the run cannot hold that many.
    #[error(
        "this run has room for {room} virtual users of this scenario, and {vus} would be its part"
    )]
    NoRoom {
        /// How many it would have.
        vus: u32,
        /// How many it has room for.
        room: u32,
    },
}

/// Controls the scenario whose executor is `externally-controlled`, before it begins and while it runs.
pub struct ExternalControl {
    controlled: Option<Controlled>,
}

struct Controlled {
    scenario: Scenario,
    start: u32,
    room: u32,
    wanted: watch::Sender<ExternalView>,
}

impl ExternalControl {
    /// The control of the one of these scenarios that can be controlled, if there is one. There is `room` for so many
    /// virtual users of all of them.
    pub(crate) fn new(scenarios: &[Scenario], room: u32) -> Self {
        let controlled = scenarios.iter().find_map(|scenario| match scenario.executor {
            ExecutorConfig::ExternallyControlled { vus, max_vus, .. } => {
                Some((scenario, ExternalView { vus, max_vus, paused: false }))
            }
            _ => None,
        });
        let controlled = controlled.map(|(scenario, view)| {
            let others = max_vus(scenarios).saturating_sub(u64::from(scenario.max_vus()));
            let others = u32::try_from(others).unwrap_or(u32::MAX);
            Controlled {
                scenario: scenario.clone(),
                start: view.max_vus,
                room: room.saturating_sub(others),
                wanted: watch::Sender::new(view),
            }
        });
        Self { controlled }
    }

    /// What the scenario is to do; none if there is no such scenario.
    pub fn view(&self) -> Option<ExternalView> {
        self.controlled.as_ref().map(|controlled| *controlled.wanted.borrow())
    }

    /// Sets how many virtual users are to run, and how many are to be ready. What is none stays as it is. More
    /// are made in the background; those that are too many end their iterations, and those that are not to be ready
    /// any more go.
    ///
    /// # Errors
    ///
    /// See [`ExternalError`]; nothing has changed then.
    pub fn set(&self, vus: Option<u32>, max: Option<u32>) -> Result<ExternalView, ExternalError> {
        self.change(|controlled, now| {
            let (vus, max_vus) = (vus.unwrap_or(now.vus), max.unwrap_or(now.max_vus));
            let start = controlled.start;
            let own = controlled.scenario.share.of_vus(max_vus);
            if max_vus < start {
                Err(ExternalError::BelowStart { max_vus, start })
            } else if vus > max_vus {
                Err(ExternalError::AboveMax { vus, max_vus })
            } else if own > controlled.room {
                Err(ExternalError::NoRoom { vus: own, room: controlled.room })
            } else {
                Ok(ExternalView { vus, max_vus, ..now })
            }
        })
    }

    /// Pauses the scenario, or lets it go on. Its time does not run while it is paused.
    ///
    /// # Errors
    ///
    /// There is no such scenario.
    pub fn pause(&self, paused: bool) -> Result<ExternalView, ExternalError> {
        self.change(|_, now| Ok(ExternalView { paused, ..now }))
    }

    /// Follows what the scenario is to do.
    pub(crate) fn follow(&self) -> Option<watch::Receiver<ExternalView>> {
        self.controlled.as_ref().map(|controlled| controlled.wanted.subscribe())
    }

    fn change(
        &self,
        change: impl FnOnce(&Controlled, ExternalView) -> Result<ExternalView, ExternalError>,
    ) -> Result<ExternalView, ExternalError> {
        let controlled = self.controlled.as_ref().ok_or(ExternalError::NotControlled)?;
        let mut result = Err(ExternalError::NotControlled);
        controlled.wanted.send_if_modified(|wanted| {
            result = change(controlled, *wanted);
            match result {
                Ok(changed) => std::mem::replace(wanted, changed) != changed,
                Err(_) => false,
            }
        });
        result
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::options::ENDLESS;

    const ROOM: u32 = 10_000;

    fn control() -> ExternalControl {
        let controlled =
            ExecutorConfig::ExternallyControlled { vus: 2, max_vus: 5, duration: ENDLESS };
        let other = ExecutorConfig::ConstantVus { vus: 1_000, duration: Duration::from_secs(1) };
        ExternalControl::new(&[Scenario::new("a", other), Scenario::new("b", controlled)], ROOM)
    }

    fn view(vus: u32, max_vus: u32, paused: bool) -> ExternalView {
        ExternalView { vus, max_vus, paused }
    }

    #[test]
    fn numbers_change_one_by_one_or_together() {
        let control = control();
        let mut wanted = control.follow().unwrap();
        assert_eq!(control.view(), Some(view(2, 5, false)));
        assert_eq!(control.set(Some(5), None), Ok(view(5, 5, false)));
        assert_eq!(control.set(Some(0), Some(9)), Ok(view(0, 9, false)));
        assert_eq!(control.pause(true), Ok(view(0, 9, true)));
        assert_eq!(control.set(None, Some(5)), Ok(view(0, 5, true)));
        assert_eq!(control.pause(false), Ok(view(0, 5, false)));
        assert!(wanted.has_changed().unwrap());
        assert_eq!(*wanted.borrow_and_update(), view(0, 5, false));
        assert_eq!(control.set(Some(0), None), Ok(view(0, 5, false)));
        assert!(!wanted.has_changed().unwrap());
    }

    #[test]
    fn what_cannot_be_changes_nothing() {
        let control = control();
        // Another scenario has a thousand.
        let room = ROOM - 1_000;
        let cases = [
            (Some(6), None, ExternalError::AboveMax { vus: 6, max_vus: 5 }),
            (Some(10), Some(9), ExternalError::AboveMax { vus: 10, max_vus: 9 }),
            (None, Some(4), ExternalError::BelowStart { max_vus: 4, start: 5 }),
            (None, Some(room + 1), ExternalError::NoRoom { vus: room + 1, room }),
        ];
        for (vus, max, error) in cases {
            assert_eq!(control.set(vus, max), Err(error));
        }
        assert_eq!(control.view(), Some(view(2, 5, false)));
        assert_eq!(control.set(None, Some(room)), Ok(view(2, room, false)));
    }

    #[test]
    fn without_such_a_scenario_nothing_can_be_controlled() {
        let control = ExternalControl::new(&[], ROOM);
        assert_eq!(control.view(), None);
        assert_eq!(control.set(Some(1), None), Err(ExternalError::NotControlled));
        assert_eq!(control.pause(true), Err(ExternalError::NotControlled));
    }
}
