//! Transcripts answered by OTP's own code, compiled, on simulated nodes.
//!
//! The recorder that writes down what real nodes answer is a program in Erlang. Here it runs on a
//! simulated node: it starts those of a transcript by OTP's own `peer`, and what it does to the machine
//! is done to the simulated one.

use std::cell::RefCell;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::process::{self, Command};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use super::transcript::{Difference, Transcript, TranscriptEntry};
use crate::atom;
use crate::beam::Library;
use crate::beam::index::{LoadError, Otp, OtpError};
use crate::beam::node::{Boot, apply};
use crate::engine::runtime::{ExitResult, NodeConfig, World, WorldConfig};
use crate::engine::term::Term;

/// The modules of the recorder, but for its machine.
const MODULES: [(&str, &str); 18] = [
    ("applications", include_str!("../../tests/otp/src/applications.erl")),
    ("cluster", include_str!("../../tests/otp/src/cluster.erl")),
    ("echo_server", include_str!("../../tests/otp/src/echo_server.erl")),
    ("echo_supervisor", include_str!("../../tests/otp/src/echo_supervisor.erl")),
    ("machine", include_str!("otp/machine.erl")),
    ("operation", include_str!("../../tests/otp/src/operation.erl")),
    ("operations", include_str!("../../tests/otp/src/operations.erl")),
    ("print", include_str!("../../tests/otp/src/print.erl")),
    ("probe", include_str!("../../tests/otp/src/probe.erl")),
    ("recorded_application", include_str!("../../tests/otp/src/recorded_application.erl")),
    ("recorder", include_str!("../../tests/otp/src/recorder.erl")),
    ("remote", include_str!("../../tests/otp/src/remote.erl")),
    ("session", include_str!("../../tests/otp/src/session.erl")),
    ("settings", include_str!("../../tests/otp/src/settings.erl")),
    ("simulated", include_str!("otp/simulated.erl")),
    ("transcript", include_str!("../../tests/otp/src/transcript.erl")),
    ("witness", include_str!("../../tests/otp/src/witness.erl")),
    ("words", include_str!("../../tests/otp/src/words.erl")),
];

/// The longest virtual time of a transcript.
const TIME_MAX: Duration = Duration::from_hours(2);
/// The steps that its world may take.
const STEPS_MAX: u64 = 100_000_000;

/// The reason for which compiled OTP cannot answer.
#[derive(Debug, thiserror::Error)]
pub enum CompiledError {
    /// There is no OTP that can be used.
    #[error(transparent)]
    Otp(#[from] OtpError),
    /// Its modules cannot be listed.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A file cannot be written, or a program of OTP cannot be started.
    #[error("cannot compile: {0}")]
    Io(#[from] io::Error),
    /// A program of OTP has failed.
    #[error("cannot compile:\n{0}")]
    Compiler(String),
    /// A transcript could not be carried out.
    #[error("{}: {problem}", path.display())]
    Transcript {
        /// Its file.
        path: PathBuf,
        /// The reason.
        problem: String,
    },
}

/// Transcripts, made ready to be answered by compiled OTP.
pub struct CompiledOtp<'a> {
    transcripts: &'a [Transcript],
    folder: Folder,
    library: Arc<Library>,
    release: u32,
}

/// A folder for compiled modules, which is gone with it.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl<'a> CompiledOtp<'a> {
    /// Compiles what the transcripts need with the installed OTP.
    ///
    /// # Errors
    /// The reason for which they cannot be answered.
    pub fn new(transcripts: &'a [Transcript]) -> Result<CompiledOtp<'a>, CompiledError> {
        let otp = Otp::find(None)?;
        let folder = std::env::temp_dir().join(format!("nodedown-otp-{}", process::id()));
        fs::create_dir_all(&folder)?;
        let folder = Folder(folder);
        let sources: Vec<PathBuf> =
            MODULES.iter().map(|(name, _)| folder.0.join(format!("{name}.erl"))).collect();
        for (file, (_, text)) in sources.iter().zip(MODULES) {
            fs::write(file, text)?;
        }
        let bin = otp.root.join("bin");
        run(Command::new(bin.join("erlc")).arg("-o").arg(&folder.0).args(&sources))?;
        let mut places = Vec::new();
        for (number, transcript) in transcripts.iter().enumerate() {
            let place = folder.0.join(number.to_string());
            fs::create_dir_all(&place)?;
            let lines: Vec<&str> = transcript.commands().collect();
            fs::write(place.join("commands"), lines.join("\n") + "\n")?;
            places.push(place);
        }
        let mut erl = Command::new(bin.join("erl"));
        erl.args(["-noshell", "-noinput", "-pa"]).arg(&folder.0);
        erl.args(["-s", "simulated", "prepare", "-extra"]).args(&places);
        run(erl.env("NODEDOWN_PREPARES", "true"))?;
        let library = Library::new(&otp, std::slice::from_ref(&folder.0))?;
        let release = otp.release();
        Ok(CompiledOtp { transcripts, folder, library: Arc::new(library), release })
    }

    /// The differences between the answers of compiled OTP and those of a transcript, by its number;
    /// `None` for one that is about another release.
    ///
    /// # Errors
    /// When it cannot be carried out.
    pub fn differences(
        &self,
        number: usize,
        seed: u64,
    ) -> Result<Option<Vec<Difference>>, CompiledError> {
        let transcript = &self.transcripts[number];
        if !self.is_about_release(transcript) {
            return Ok(None);
        }
        let played = self.played(number, seed).map_err(|problem| CompiledError::Transcript {
            path: transcript.path.clone(),
            problem,
        })?;
        Ok(Some(transcript.differences_from(played)))
    }

    /// Returns whether all nodes of a transcript are of the installed release.
    fn is_about_release(&self, transcript: &Transcript) -> bool {
        let own = self.release.to_string();
        transcript.header("otp").is_none_or(|release| release == own)
            && !transcript.commands().any(|command| command.contains(" otp="))
    }

    /// The transcript with the answers of compiled OTP.
    fn played(&self, number: usize, seed: u64) -> Result<Transcript, String> {
        let transcript = &self.transcripts[number];
        let world = self.world(transcript, seed);
        let node = world.nodes()[0];
        let place = self.folder.0.join(number.to_string());
        let lines: Term = transcript.commands().map(|line| Term::binary(line.as_bytes())).collect();
        let place = Term::binary(place.display().to_string().as_bytes());
        let result = Rc::new(RefCell::new(None));
        let keep = Rc::clone(&result);
        world.run_for(Duration::from_secs(1));
        world.spawn(node, "session", move |ctx| async move {
            let function = (atom!("simulated"), atom!("answers"));
            let ended = apply(ctx, function, vec![lines, place]).await;
            keep.replace(Some(ended));
            Ok(())
        });
        let limit = world.now() + TIME_MAX;
        while result.borrow().is_none() {
            let before = world.now();
            world.run_for(Duration::from_secs(1));
            if world.now() >= limit || world.now() == before {
                return Err("it does not finish".to_owned());
            }
        }
        let ended: Option<ExitResult> = result.borrow_mut().take();
        let answers = answers(ended)?;
        Ok(transcript.with_answers(answers))
    }

    /// A world with a host for each node of a transcript, and the node that carries it out.
    fn world(&self, transcript: &Transcript, seed: u64) -> World {
        let config = WorldConfig { seed, event_budget: STEPS_MAX, ..WorldConfig::default() };
        let world = World::new(config);
        let host = world.add_host("recorder");
        let mut names: Vec<&str> = transcript
            .commands()
            .filter_map(|line| line.strip_prefix("nodes "))
            .flat_map(str::split_whitespace)
            .filter(|word| !word.contains('='))
            .collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            world.add_host(name);
        }
        let boot = Boot::new(Arc::clone(&self.library));
        let boot = Boot { controls_machine: true, ..boot };
        let boot = boot.with_args(["-kernel", "logger_level", "none"]);
        let node = world.add_node(NodeConfig::new("recorder@127.0.0.1", host));
        world.set_boot(node, Rc::new(boot).program());
        world.start_node(node);
        world
    }
}

/// The lines of each answer, as the process that has carried the commands out ended with them.
fn answers(ended: Option<ExitResult>) -> Result<Vec<Vec<String>>, String> {
    let Some(Err(exit)) = ended else { return Err("it ended without an answer".to_owned()) };
    let Some([answers]) = exit.reason().tagged("answers") else {
        return Err(exit.reason().to_string());
    };
    let text = |line: &Term| {
        let bytes = line.as_binary().unwrap_or_default();
        String::from_utf8_lossy(bytes).trim_end().to_owned()
    };
    let lines = |answer: &Term| answer.as_list().unwrap_or_default().iter().map(text).collect();
    Ok(answers.as_list().unwrap_or_default().iter().map(lines).collect())
}

/// Runs a program of OTP to its end.
fn run(command: &mut Command) -> Result<(), CompiledError> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(CompiledError::Compiler(String::from_utf8_lossy(&said).into_owned()))
}

impl Transcript {
    /// The same transcript with other answers, in the order of its commands.
    fn with_answers(&self, answers: Vec<Vec<String>>) -> Transcript {
        let mut entries = self.entries.clone();
        let steps = entries.iter_mut().filter_map(|entry| match entry {
            TranscriptEntry::Step { answer, .. } => Some(answer),
            TranscriptEntry::Comment(_) => None,
        });
        for (old, new) in steps.zip(answers) {
            *old = new;
        }
        Transcript { path: self.path.clone(), entries }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_compiled_is_gone_with_it() {
        let place = std::env::temp_dir().join(format!("nodedown-otp-test-{}", process::id()));
        fs::create_dir_all(&place).unwrap();
        drop(Folder(place.clone()));
        assert!(!place.exists());
    }
}
