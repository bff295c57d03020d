//! What takes time before a run: the script is compiled.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use wasock_script::Stage;

use super::Screen;

/// How often the spinner moves.
const TICK: Duration = Duration::from_millis(80);

/// Says on standard error that a script is being compiled, if it is. Clones are the same spinner.
#[derive(Clone)]
pub struct Spinner {
    name: String,
    form: Form,
}

#[derive(Clone)]
enum Form {
    Silent,
    /// Says it once.
    Line,
    Turning(ProgressBar),
}

impl Spinner {
    /// A spinner for the script `name`; it does not show yet.
    pub fn new(name: &str, quiet: bool, screen: &Screen) -> Self {
        let form = match (quiet, screen.stderr_is_terminal) {
            (true, _) => Form::Silent,
            (false, false) => Form::Line,
            (false, true) => {
                let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
                let style = ProgressStyle::with_template("{spinner} {wide_msg}")
                    .expect("the template is well-formed");
                Form::Turning(bar.with_style(style))
            }
        };
        Self { name: name.to_owned(), form }
    }

    /// Says what is being done.
    pub fn stage(&mut self, stage: Stage) {
        let name = &self.name;
        match &self.form {
            Form::Turning(bar) => {
                let text = match stage {
                    Stage::Loading => format!("loading {name} …"),
                    Stage::Snapshotting => format!("compiling {name} …"),
                    Stage::Compiling => format!("compiling {name} to machine code …"),
                };
                bar.set_message(text);
                bar.enable_steady_tick(TICK);
            }
            // Loading takes next to no time, or ends with an error.
            Form::Line if stage != Stage::Loading => {
                super::screen::stderr(format!("compiling {name} …\n").as_bytes());
                self.form = Form::Silent;
            }
            Form::Line | Form::Silent => {}
        }
    }

    /// Removes it from the terminal.
    pub fn clear(&self) {
        if let Form::Turning(bar) = &self.form {
            bar.finish_and_clear();
        }
    }
}
