//! What the options say in each of several processes that run a test together.

use super::{ExecutionSegmentSequence, OptionError, Options};
use crate::processes::{PartNumber, Spread};

impl Options {
    /// Makes the options of a process. A process that runs a segment for somebody else runs it alone, so the spread may
    /// become [`Spread::Here`].
    ///
    /// # Errors
    ///
    /// It is to run a segment, and to spread it.
    pub(crate) fn spread(&mut self, spread: Spread) -> Result<Spread, OptionError> {
        match (spread, self.execution_segment) {
            (Spread::Over { processes: Some(processes), .. }, Some(segment))
                if processes.get() > 1 =>
            {
                Err(OptionError::Inconsistent {
                    path: "executionSegment".to_owned(),
                    found: format!("\"{segment}\""),
                    problem: "and --processes gives each process a segment: leave one of them out"
                        .to_owned(),
                })
            }
            (Spread::Over { .. }, Some(_)) => Ok(Spread::Here),
            (Spread::Part(part), _) => {
                self.narrow(part);
                Ok(spread)
            }
            (Spread::Here | Spread::Over { .. }, _) => Ok(spread),
        }
    }

    /// Each part has its segment, and its share of what the whole test may do in a second.
    fn narrow(&mut self, PartNumber { index, of }: PartNumber) {
        let sequence = ExecutionSegmentSequence::equal(of);
        self.execution_segment = sequence.segments().nth(index as usize);
        self.execution_segment_sequence = Some(sequence);
        if let Some(rps) = self.http.rps.as_mut().filter(|rps| **rps > 0) {
            // None would be as many as it likes.
            *rps = (*rps / of + u32::from(index < *rps % of)).max(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZero;

    use serde_json::json;

    use super::*;

    fn options(json: serde_json::Value) -> Options {
        Options::from_json(&json).unwrap().0
    }

    #[test]
    fn parts_have_segments_and_rates_that_make_the_whole() {
        let of = NonZero::new(3).unwrap();
        let parts = (0..3).map(|index| {
            let mut options = options(json!({"rps": 8}));
            options.spread(Spread::Part(PartNumber { index, of })).unwrap();
            let sequence = options.execution_segment_sequence.unwrap().to_string();
            let segment = options.execution_segment.unwrap().to_string();
            (segment, sequence, options.http.rps)
        });
        let sequence = || "0,1/3,2/3,1".to_owned();
        assert_eq!(
            parts.collect::<Vec<_>>(),
            [
                ("0:1/3".to_owned(), sequence(), Some(3)),
                ("1/3:2/3".to_owned(), sequence(), Some(3)),
                ("2/3:1".to_owned(), sequence(), Some(2)),
            ]
        );
        for (rps, own) in [(0, 0), (1, 1)] {
            let mut options = options(json!({"rps": rps}));
            options.spread(Spread::Part(PartNumber { index: 2, of })).unwrap();
            assert_eq!(options.http.rps, Some(own), "0 is no limit");
        }
    }

    #[test]
    fn a_segment_is_run_alone() {
        let mut options = options(json!({"executionSegment": "0:1/2"}));
        let over =
            |processes| Spread::Over { processes: NonZero::new(processes), room: 1, most: 1 };
        assert_eq!(options.spread(over(0)), Ok(Spread::Here));
        assert_eq!(options.spread(over(1)), Ok(Spread::Here));
        assert_eq!(
            options.spread(over(2)).unwrap_err().to_string(),
            "option \"executionSegment\" is \"0:1/2\", and --processes gives each process a segment: leave one of \
             them out"
        );
    }
}
