//! A Slurm cluster of one node, in a folder of its own, on ports of its own.

use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::search_path;

/// How long anything is waited for, and how often it is asked for in this time.
const PATIENCE: (Duration, u32) = (Duration::from_secs(90), 450);

pub(crate) struct Cluster {
    folder: PathBuf,
    daemons: Vec<Child>,
}

impl Cluster {
    /// Starts the daemons; nothing where they are not installed.
    pub(crate) fn start(folder: &Path) -> Option<Cluster> {
        let [munged, controller, node] = ["munged", "slurmctld", "slurmd"].map(installed);
        let (munged, controller, node) = (munged?, controller?, node?);
        let mut cluster = Cluster { folder: folder.to_owned(), daemons: Vec::new() };
        // munged wants everybody to reach its socket.
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
        let key = folder.join("munge.key");
        fs::write(&key, [7; 1024]).unwrap();
        fs::set_permissions(&key, fs::Permissions::from_mode(0o400)).unwrap();
        for name in ["state", "spool"] {
            fs::create_dir(folder.join(name)).unwrap();
        }
        fs::write(folder.join("slurm.conf"), configuration(folder)).unwrap();
        let file = |name: &str| folder.join(name).display().to_string();
        cluster.spawn(
            "munged",
            Command::new(munged).args([
                "--foreground",
                &format!("--key-file={}", file("munge.key")),
                &format!("--socket={}", file("munge.socket")),
                &format!("--pid-file={}", file("munged.pid")),
                &format!("--seed-file={}", file("munged.seed")),
            ]),
        );
        cluster.wait_for("munge", |cluster| cluster.folder.join("munge.socket").exists());
        cluster.spawn("slurmctld", Command::new(controller).args(["-D", "-c"]));
        cluster.spawn("slurmd", Command::new(node).arg("-D"));
        cluster.wait_for("an idle node", |cluster| {
            cluster.ask("sinfo", &["--noheader", "--format=%t"]).contains("idle")
        });
        Some(cluster)
    }

    fn spawn(&mut self, name: &str, command: &mut Command) {
        let log = File::create(self.folder.join(format!("{name}.out"))).unwrap();
        command.env("SLURM_CONF", self.folder.join("slurm.conf")).stdin(Stdio::null());
        command.stdout(log.try_clone().unwrap()).stderr(log);
        self.daemons.push(command.spawn().unwrap());
    }

    /// Submits a script with these variables; returns the number of the job.
    pub(crate) fn submit(&self, arguments: &[&str], variables: &[(String, String)]) -> String {
        let mut command = self.command("sbatch");
        command.arg("--parsable").args(arguments).current_dir(&self.folder);
        command.env("PATH", search_path()).envs(variables.iter().cloned());
        let output = command.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        assert!(output.status.success(), "{}\n{}", text(&output.stderr), self.log());
        text(&output.stdout)
    }

    /// Waits until no job is left.
    pub(crate) fn wait_until_idle(&self) {
        self.wait_for("the end of all jobs", |cluster| {
            cluster.ask("squeue", &["--noheader"]).is_empty()
        });
    }

    /// What the daemons have to say.
    pub(crate) fn log(&self) -> String {
        let names = ["munged.out", "slurmctld.out", "slurmd.out", "shard-1.log"];
        let logs = names.map(|name| {
            let text = fs::read_to_string(self.folder.join(name)).unwrap_or_default();
            let last: Vec<&str> = text.lines().rev().take(20).collect();
            format!("{name}:\n{}\n", last.into_iter().rev().collect::<Vec<_>>().join("\n"))
        });
        logs.concat()
    }

    fn wait_for(&self, what: &str, is_so: impl Fn(&Cluster) -> bool) {
        let (time, times) = PATIENCE;
        for _ in 0..times {
            if is_so(self) {
                return;
            }
            #[expect(clippy::disallowed_methods, reason = "real daemons take real time")]
            std::thread::sleep(time / times);
        }
        panic!("no {what}:\n{}", self.log());
    }

    fn ask(&self, program: &str, arguments: &[&str]) -> String {
        let output = self.command(program).args(arguments).output().unwrap();
        // While the controller is not there yet, there is no answer.
        let text = if output.status.success() { output.stdout } else { b"?".to_vec() };
        String::from_utf8_lossy(&text).trim().to_owned()
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("SLURM_CONF", self.folder.join("slurm.conf"));
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for daemon in self.daemons.iter_mut().rev() {
            // It may have ended already.
            let _ = daemon.kill();
            let _ = daemon.wait();
        }
    }
}

/// Where a daemon is installed; those of Slurm are often not on the path of users.
fn installed(daemon: &str) -> Option<PathBuf> {
    let path = std::env::var("PATH").unwrap_or_default();
    let folders = path.split(':').chain(["/usr/sbin", "/sbin", "/usr/local/sbin"]);
    folders.map(|folder| Path::new(folder).join(daemon)).find(|path| path.is_file())
}

fn configuration(folder: &Path) -> String {
    let name = |program: &str| {
        let output = Command::new(program).output().unwrap();
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    };
    let user = Command::new("id").arg("-un").output().unwrap();
    let user = String::from_utf8_lossy(&user.stdout).trim().to_owned();
    let (host, folder) = (name("hostname"), folder.display());
    // Both are held while they are looked for, so that they are not the same.
    let sockets = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    let [controller, node] = sockets.each_ref().map(|each| each.local_addr().unwrap().port());
    format!(
        "ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge.socket
SlurmctldPort={controller}
SlurmdPort={node}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=1,batch_sched_delay=0
MpiDefault=none
NodeName={host} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=test Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"
    )
}
