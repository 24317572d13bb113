//! The files for GitHub Actions, Kubernetes and Slurm: their commands are run as those engines run
//! them, and Slurm's also by Slurm itself where it is installed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use tempfile::TempDir;
use yaml_rust2::{Yaml, YamlLoader};

#[cfg(unix)]
#[path = "../deploy/cluster.rs"]
mod cluster;

/// How many shards the files say.
const SHARDS: usize = 4;

const SEEDS: &str = "1..6";

fn deploy(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/deploy").join(name)
}

/// A short scenario, in a file of its own.
fn scenario() -> String {
    static FILE: LazyLock<(TempDir, PathBuf)> = LazyLock::new(|| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("short.json");
        let text = r#"{
            "name": "a short run", "duration": "8s", "hosts": { "x": {}, "y": {} },
            "nodes": { "a@x": { "host": "x" }, "b@y": { "host": "y" } },
            "sync_nodes": { "optional": ["a@x", "b@y"], "timeout": "1s" },
            "applications": { "database": { "distributed": { "nodes": ["a@x", "b@y"] } } },
            "faults": [{ "at": "4s", "crash": "a@x" }],
            "expect": [{ "single_instance": "database" }],
        }"#;
        fs::write(&file, text).unwrap();
        (folder, file)
    });
    FILE.1.display().to_string()
}

/// Where `nodedown` is, before everything else on the path.
fn search_path() -> String {
    let program = assert_cmd::cargo::cargo_bin("nodedown");
    let folder = program.parent().unwrap().display();
    format!("{folder}:{}", std::env::var("PATH").unwrap_or_default())
}

fn yaml(name: &str) -> Vec<Yaml> {
    YamlLoader::load_from_str(&fs::read_to_string(deploy(name)).unwrap()).unwrap()
}

/// Runs a script as an engine does, with these variables and none of its own.
#[track_caller]
fn shell(folder: &Path, script: &str, variables: &[(String, String)]) -> String {
    let mut command = Command::new("/bin/sh");
    command.args(["-e", "-c", script]).current_dir(folder);
    command.env_clear().env("PATH", search_path()).envs(variables.iter().cloned());
    let Output { status, stdout, stderr } = command.output().unwrap();
    let [stdout, stderr] = [stdout, stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert!(status.success(), "{script}\n{stdout}\n{stderr}");
    stdout
}

/// What one run over all seeds says.
fn alone() -> String {
    let folder = tempfile::tempdir().unwrap();
    shell(folder.path(), &format!("nodedown sweep {} --seeds {SEEDS}", scenario()), &[])
}

fn pair(name: &str, value: &dyn std::fmt::Display) -> (String, String) {
    (name.to_owned(), value.to_string())
}

#[test]
fn the_matrix_of_github_sweeps_and_merges() {
    let folder = tempfile::tempdir().unwrap();
    let workflow = &yaml("github-actions.yml")[0];
    let [sweep, merge] = ["sweep", "merge"].map(|job| nodedown_commands(&workflow["jobs"][job]));
    let shards = workflow["jobs"]["sweep"]["strategy"]["matrix"]["shard"].as_vec().unwrap();
    assert_eq!(shards.len(), SHARDS);
    let variables = [pair("SCENARIO", &scenario()), pair("SEEDS", &SEEDS)];
    for name in ["SCENARIO", "SEEDS"] {
        assert!(workflow["env"][name].as_str().is_some(), "{name}");
    }
    for shard in shards {
        let shard = shard.as_i64().unwrap().to_string();
        let script = sweep[0]
            .replace("${{ matrix.shard }}", &shard)
            .replace("${{ strategy.job-total }}", &SHARDS.to_string());
        assert!(!script.contains("${{"), "{script}");
        shell(folder.path(), &script, &variables);
    }
    assert_eq!(shell(folder.path(), &merge[0], &variables), alone());
    assert!(folder.path().join("junit.xml").exists());
}

/// The steps of a job that run nodedown.
fn nodedown_commands(job: &Yaml) -> Vec<String> {
    let steps = job["steps"].as_vec().unwrap().iter();
    let commands = steps.filter_map(|step| step["run"].as_str()).map(str::to_owned);
    let commands: Vec<String> = commands.filter(|each| each.starts_with("nodedown ")).collect();
    assert_eq!(commands.len(), 1, "{job:?}");
    commands
}

#[test]
fn the_indexed_job_of_kubernetes_sweeps_and_another_merges() {
    let folder = tempfile::tempdir().unwrap();
    let documents = yaml("kubernetes-sweep.yaml");
    let job = &documents[1];
    assert_eq!(job["spec"]["completionMode"].as_str(), Some("Indexed"));
    assert_eq!(job["spec"]["completions"].as_i64(), i64::try_from(SHARDS).ok());
    let (script, mut variables) = container(job, folder.path());
    assert!(variables.contains(&pair("JOB_COMPLETIONS", &SHARDS)));
    for index in 0..SHARDS {
        variables.push(pair("JOB_COMPLETION_INDEX", &index));
        shell(folder.path(), &script, &variables);
    }
    let (script, variables) = container(&yaml("kubernetes-merge.yaml")[0], folder.path());
    assert_eq!(shell(folder.path(), &script, &variables), alone());
    assert!(folder.path().join("junit.xml").exists());
}

/// The script of a job's only container and its variables; those that name places and seeds have
/// the test's.
fn container(job: &Yaml, results: &Path) -> (String, Vec<(String, String)>) {
    let container = &job["spec"]["template"]["spec"]["containers"][0];
    let command: Vec<&str> =
        container["command"].as_vec().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
    assert_eq!(command, ["/bin/sh", "-c"]);
    let script = container["args"][0].as_str().unwrap().to_owned();
    let variables = container["env"].as_vec().unwrap().iter().map(|variable| {
        let (name, value) =
            (variable["name"].as_str().unwrap(), variable["value"].as_str().unwrap());
        match name {
            "SCENARIO" => pair(name, &scenario()),
            "SEEDS" => pair(name, &SEEDS),
            "RESULTS" => pair(name, &results.display()),
            _ => pair(name, &value),
        }
    });
    (script, variables.collect())
}

/// A folder with the scripts for Slurm.
fn slurm_folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["slurm-sweep.sh", "slurm-merge.sh"] {
        fs::copy(deploy(name), folder.path().join(name)).unwrap();
    }
    folder
}

#[test]
fn the_scripts_for_slurm_sweep_and_merge() {
    let folder = slurm_folder();
    for task in 1..=SHARDS {
        let variables = [
            pair("SCENARIO", &scenario()),
            pair("SEEDS", &SEEDS),
            pair("SLURM_ARRAY_TASK_ID", &task),
            pair("SLURM_ARRAY_TASK_MIN", &1),
            pair("SLURM_ARRAY_TASK_MAX", &SHARDS),
            pair("SLURM_ARRAY_TASK_STEP", &1),
            pair("SLURM_ARRAY_TASK_COUNT", &SHARDS),
        ];
        shell(folder.path(), "./slurm-sweep.sh", &variables);
    }
    assert_eq!(shell(folder.path(), "./slurm-merge.sh", &[]), alone());
}

#[cfg(unix)]
#[test]
fn slurm_runs_the_array_and_merges_it() {
    let folder = slurm_folder();
    let Some(cluster) = cluster::Cluster::start(folder.path()) else {
        eprintln!("skipped: slurmctld, slurmd and munged are not all installed");
        return;
    };
    let variables = [pair("SCENARIO", &scenario()), pair("SEEDS", &SEEDS)];
    let jobs = cluster.submit(&["slurm-sweep.sh"], &variables);
    cluster.submit(&[&format!("--dependency=afterany:{jobs}"), "slurm-merge.sh"], &variables);
    cluster.wait_until_idle();
    let said = fs::read_to_string(folder.path().join("failover.log"));
    assert_eq!(said.unwrap_or_else(|_| panic!("{}", cluster.log())), alone());
}

/// The commands of all steps of a workflow of this project.
fn commands_of(workflow: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/workflows").join(workflow);
    let text = fs::read_to_string(path).unwrap();
    let yaml = YamlLoader::load_from_str(&text).unwrap().remove(0);
    let jobs = yaml["jobs"].as_hash().unwrap().values();
    let steps = jobs.flat_map(|job| job["steps"].as_vec().unwrap());
    steps.filter_map(|step| step["run"].as_str()).map(str::to_owned).collect()
}

#[test]
fn the_workflows_of_the_project_do_what_its_scripts_do() {
    let ci = commands_of("ci.yml");
    assert!(ci.iter().any(|command| command == ".ci/run"), "{ci:?}");
    let oldest = format!("cargo +{} check --locked --all-targets", env!("CARGO_PKG_RUST_VERSION"));
    assert!(ci.contains(&oldest), "{ci:?}");
    let release = commands_of("release.yml").join("\n");
    for needed in ["cargo build --release --locked", "\"$program\" man ", "completions \"$shell\""]
    {
        assert!(release.contains(needed), "{needed}");
    }
}
