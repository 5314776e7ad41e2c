//! Servers on the first processor, the generator on the second.

use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use bennu_load::report::Report;

use crate::Failure;
use crate::rows::Server;

const SERVER_PROCESSOR: &str = "0";
const GENERATOR_PROCESSOR: &str = "1";
const PORT: u16 = 4180;
const START_MAX: Duration = Duration::from_secs(10);

/// A server of its own for one run; it ends with this.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
}

impl Running {
    /// Starts a server, and waits until it listens.
    pub(crate) fn start(server: Server) -> Result<Self, Failure> {
        let name = match server {
            Server::Bench => "bench-server",
            Server::Floor => "floor-server",
        };
        Self::start_program(&beside(name)?)
    }

    /// Starts a program that listens at the port in its environment variable `PORT`, and waits until it does.
    pub(crate) fn start_program(program: &Path) -> Result<Self, Failure> {
        if TcpStream::connect(("127.0.0.1", PORT)).is_ok() {
            return Err(format!("port {PORT} is taken by another server").into());
        }
        let child = pinned(SERVER_PROCESSOR, program)
            .env("PORT", PORT.to_string())
            .stdout(Stdio::null())
            .spawn()?;
        let mut running = Self { child };
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", PORT)).is_err() {
            if start.elapsed() > START_MAX || running.child.try_wait()?.is_some() {
                let program = program.display();
                return Err(format!("{program} does not listen at port {PORT}").into());
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(running)
    }

    /// Puts load on it.
    pub(crate) fn load(&self, arguments: &[String]) -> Result<Report, Failure> {
        let file = std::env::temp_dir().join(format!("bars-{}.json", std::process::id()));
        let output = pinned(GENERATOR_PROCESSOR, &beside("bennu-load")?)
            .args(["--quiet", "--url", &format!("http://127.0.0.1:{PORT}")])
            .args(["--pid", &self.child.id().to_string()])
            .arg("--json")
            .arg(&file)
            .args(arguments)
            .output()?;
        if !output.status.success() {
            let said = [output.stdout, output.stderr].concat();
            return Err(String::from_utf8_lossy(&said).into());
        }
        let report = serde_json::from_str(&fs::read_to_string(&file)?)?;
        fs::remove_file(&file)?;
        Ok(report)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A program on one processor. `taskset` becomes the program, so its id is the program's.
fn pinned(processor: &str, program: &Path) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", processor]).arg(program);
    command
}

/// A program built beside this one.
fn beside(program: &str) -> Result<PathBuf, Failure> {
    let path = std::env::current_exe()?.with_file_name(program);
    if path.is_file() {
        return Ok(path);
    }
    Err(format!("{program} is not built; `make bench` builds it").into())
}
