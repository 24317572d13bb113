//! Doubts about modules when they are read: they will not do on a simulated node all that they do on a
//! real one.

use crate::beam::FunctionName;
use crate::beam::file::Module;
use crate::beam::native::Natives;
use crate::beam::preflight::Unsimulated;
use crate::spelling::first_few;

/// The doubts about the modules of a scenario.
#[derive(Default)]
pub(super) struct Doubts {
    needs_c: Vec<String>,
    reaches_out: Vec<String>,
    later: Vec<String>,
}

/// The most modules and functions that are told.
const TOLD: usize = 6;

impl Doubts {
    /// Looks at a module that nodes with these natives, of this release of OTP, are to run.
    pub(super) fn look_at(&mut self, module: &Module, natives: &Natives, release: u32) {
        let Unsimulated { nifs, outside } = Unsimulated::of(module, natives);
        if !nifs.is_empty() {
            let names: Vec<String> = nifs.into_iter().map(own_name).collect();
            self.needs_c.push(format!("{} ({})", module.name, first_few(&names, TOLD, ", ")));
        }
        let outside = outside.iter().map(|(caller, called)| format!("{caller} ({called})"));
        self.reaches_out.extend(outside);
        if let Some(later) = module.release().filter(|compiled| *compiled > release) {
            self.later.push(format!("{} (Erlang/OTP {later})", module.name));
        }
    }

    /// Each doubt with what to do about it.
    pub(super) fn told(&self) -> Vec<(String, String)> {
        let mut told = Vec::new();
        let mut tell = |names: &[String], message: &str, help: &str| {
            if !names.is_empty() {
                told.push((message.replace("{}", &first_few(names, TOLD, ", ")), help.to_owned()));
            }
        };
        tell(
            &self.needs_c,
            "functions in C are not loaded by a simulated node, and fail: those of {}",
            "give the nodes a module of that name in Erlang, or do not call them in this scenario",
        );
        tell(
            &self.reaches_out,
            "a simulated node runs no programs and opens no ports; these calls fail with enoent: {}",
            "do not call them in this scenario, or catch the error as on a machine without the program",
        );
        tell(
            &self.later,
            "compiled for a later release than that of the nodes, whose real ones may refuse it: {}",
            "compile with the Erlang/OTP that runs it, or name that of the compiler as `otp`",
        );
        told
    }
}

/// The name and the arity of a function.
fn own_name(name: FunctionName) -> String {
    let whole = name.to_string();
    whole.split_once(':').map_or(whole.clone(), |(_, own)| own.to_owned())
}
