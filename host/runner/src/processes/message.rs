//! What the processes of a run say to each other.

use std::io::{self, Read, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::batch::Batch;
use super::standing::Standing;
use crate::context::StopReason;
use crate::executors::control::ExternalView;
use crate::exit_code::ExitCode;
use crate::log::Line;
use crate::network::ServeTargets;

/// The most bytes of a message: what `setup` returns for a test with much data, many times over. What claims to be
/// longer is no message.
const MAX_MESSAGE: usize = 1 << 30;

/// What a part has to know before it can read its script.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Greeting {
    /// What came by standard input, if the script did.
    pub input: Option<Vec<u8>>,
    /// The server that takes the place of others.
    pub serve: Option<ServeTargets>,
}

/// What a part is told.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum ToPart {
    /// Comes first.
    Greeting(Greeting),
    /// The scenarios begin now.
    Begin {
        /// What `setup` of each program returned, as JSON.
        setup_data: Vec<Option<String>>,
        /// Whether each sample is wanted, so that none may be added up before.
        each_sample: bool,
    },
    /// What the `externally-controlled` scenario is to do.
    External(ExternalView),
    /// The run ends before its time.
    Stop(StopReason),
}

/// What a part tells.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum FromPart {
    /// It is there.
    Alive,
    /// Its virtual users are made.
    Ready,
    /// How far it is.
    Standing(Standing),
    /// What was measured.
    Samples(Batch),
    /// A line for the log.
    Line(Line),
    /// Its script ended the run.
    Stopping(StopReason),
    /// It could not begin.
    Failed(Failure),
    /// All is done and told.
    Done {
        /// What the script said if it marked the test as failed.
        failure: Option<String>,
    },
}

/// Why a part could not begin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What is wrong.
    pub message: String,
    /// How to put it right, where that is known.
    pub hint: Option<String>,
    /// The exit code for it.
    pub code: ExitCode,
}

/// Writes a message. `room` is for its bytes, and is empty before and after.
pub(super) fn write(
    message: &impl Serialize,
    room: &mut Vec<u8>,
    to: &mut impl Write,
) -> io::Result<()> {
    room.extend([0; 4]);
    let mut bytes = postcard::to_extend(message, std::mem::take(room)).map_err(io::Error::other)?;
    let length = bytes.len() - 4;
    let length = u32::try_from(length).map_err(io::Error::other)?;
    bytes[..4].copy_from_slice(&length.to_le_bytes());
    let outcome = to.write_all(&bytes).and_then(|()| to.flush());
    bytes.clear();
    *room = bytes;
    outcome
}

/// Reads a message; none if there are no more. `room` is for its bytes.
pub(super) fn read<M: DeserializeOwned>(
    room: &mut Vec<u8>,
    from: &mut impl Read,
) -> io::Result<Option<M>> {
    let mut length = [0; 4];
    if from.read(&mut length[..1])? == 0 {
        return Ok(None);
    }
    from.read_exact(&mut length[1..])?;
    let length = u32::from_le_bytes(length) as usize;
    if length > MAX_MESSAGE {
        return Err(io::Error::other(format!("{length} bytes are no message")));
    }
    room.resize(length, 0);
    from.read_exact(room)?;
    postcard::from_bytes(room).map(Some).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read_as_they_were_written() {
        let (mut room, mut pipe) = (Vec::new(), Vec::new());
        let stop = ToPart::Stop(StopReason::Abort("enough".to_owned()));
        let begin =
            ToPart::Begin { setup_data: vec![None, Some("1".to_owned())], each_sample: true };
        write(&stop, &mut room, &mut pipe).unwrap();
        write(&begin, &mut room, &mut pipe).unwrap();
        let mut from = &pipe[..];
        let mut next = || read::<ToPart>(&mut room, &mut from).unwrap();
        assert_eq!(format!("{:?}", next().unwrap()), format!("{stop:?}"));
        assert_eq!(format!("{:?}", next().unwrap()), format!("{begin:?}"));
        assert!(next().is_none());
    }

    #[test]
    fn what_is_no_message_is_an_error() {
        let error = |bytes: &[u8]| {
            read::<ToPart>(&mut Vec::new(), &mut &bytes[..]).unwrap_err().to_string()
        };
        assert_eq!(error(b"Hello, world"), "1819043144 bytes are no message");
        assert_eq!(error(&[1, 0, 0]), "failed to fill whole buffer");
        assert_eq!(error(&[5, 0, 0, 0, 1]), "failed to fill whole buffer");
        assert!(!error(&[1, 0, 0, 0, 99]).is_empty());
    }
}
