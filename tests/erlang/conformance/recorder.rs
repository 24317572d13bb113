//! Real Erlang nodes that carry transcripts out.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};
use std::thread;

use nodedown::shell::Transcript;

/// The transcripts that one start of the recorder carries out.
const BATCH: usize = 12;

/// The release of Erlang on this machine, if there is one.
pub(crate) fn release() -> Option<String> {
    let asked = Command::new("erl")
        .args(["-noshell", "-eval", "io:put_chars(erlang:system_info(otp_release)), halt()."])
        .output();
    match asked {
        Ok(output) => Some(String::from_utf8(output.stdout).unwrap()),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => panic!("erl: {error}"),
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/otp")
}

/// The modules of the recorder, compiled once for all recordings of this process.
pub(crate) fn modules() -> &'static Path {
    static MODULES: OnceLock<PathBuf> = OnceLock::new();
    MODULES.get_or_init(|| {
        let modules = Path::new(env!("CARGO_TARGET_TMPDIR")).join("recorder");
        fs::create_dir_all(&modules).unwrap();
        let sources = fs::read_dir(folder().join("src")).unwrap();
        let sources = sources.map(|source| source.unwrap().path());
        let erlc = Command::new("erlc").arg("-o").arg(&modules).args(sources).output();
        let erlc = erlc.unwrap();
        assert!(erlc.status.success(), "{}", String::from_utf8_lossy(&erlc.stdout));
        modules
    })
}

/// The recorder bounds its own time, and ends what it starts. Patience: how many times the usual
/// rest is taken between commands.
fn record(arguments: &[&Path], patience: u8) -> Output {
    Command::new(folder().join("record"))
        .env("RECORDER_PATIENCE", patience.to_string())
        .env("RECORDER_MODULES", modules())
        .args(arguments)
        .output()
        .unwrap()
}

/// What real nodes answer to the commands of a transcript.
pub(crate) fn recorded_again(file: &Path, patience: u8) -> String {
    let output = record(&["-o".as_ref(), "-".as_ref(), file], patience);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The transcripts with the answers of real nodes, in the same order; why there are none, if one
/// could not be carried out. So many recorders run side by side: they mostly wait.
pub(crate) fn recorded(
    transcripts: &[Transcript],
    jobs: usize,
    patience: u8,
) -> Vec<Result<Transcript, String>> {
    let batch = BATCH.min(transcripts.len().div_ceil(jobs)).max(1);
    let batches: Vec<_> = transcripts.chunks(batch).enumerate().collect();
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..jobs.min(batches.len()) {
            scope.spawn(|| {
                while let Some((place, batch)) = batches.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let recorded = recorded_batch(batch, patience);
                    done.lock().unwrap().push((*place, recorded));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap();
    done.sort_unstable_by_key(|(place, _)| *place);
    done.into_iter().flat_map(|(_, recorded)| recorded).collect()
}

fn recorded_batch(batch: &[Transcript], patience: u8) -> Vec<Result<Transcript, String>> {
    let folder = tempfile::tempdir().unwrap();
    let files: Vec<_> =
        (0..batch.len()).map(|index| folder.path().join(format!("{index}.transcript"))).collect();
    for (file, transcript) in files.iter().zip(batch) {
        fs::write(file, transcript.to_string()).unwrap();
    }
    let arguments: Vec<&Path> = files.iter().map(AsRef::as_ref).collect();
    let output = record(&arguments, patience);
    let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
    let read = |file: &Path| {
        let answered = Transcript::from_file(file).map_err(|error| error.to_string())?;
        answered.header("otp").is_some().then_some(()).ok_or_else(|| complaints.clone())?;
        Ok(answered)
    };
    files.iter().map(|file| read(file)).collect()
}
