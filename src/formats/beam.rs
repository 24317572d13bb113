//! `beam`: what compiled modules need, and whether it is there.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Members, Version};

/// The findings about compiled modules.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PreflightJson {
    /// The version of the format.
    pub beam: Version<1>,
    /// True if everything that the modules call is there.
    pub complete: bool,
    /// The given modules, in the order of their names.
    pub modules: Vec<ModuleJson>,
    /// Instructions that nodedown does not execute.
    pub opcodes: Vec<OpcodeJson>,
    /// Functions that are nowhere.
    pub missing: Vec<MissingFunctionJson>,
    /// Functions of Erlang in C that nodedown does not have.
    pub natives: Vec<NeededFunctionJson>,
    /// Functions of libraries in C.
    pub nifs: Vec<NeededFunctionJson>,
    /// Functions that reach out of the simulation.
    pub outside: Vec<NeededFunctionJson>,
    /// Given modules that cannot be run, with the reasons.
    pub unrunnable: Vec<String>,
    /// Modules of libraries and of OTP that cannot be read.
    pub unreadable: Vec<String>,
    /// The Erlang/OTP that the modules were compared with.
    pub otp: OtpJson,
}

/// A compiled module.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ModuleJson {
    /// Its name.
    pub name: String,
    /// Its file.
    pub file: String,
    /// The version of the compiler that made it, if it says so.
    pub compiler: Option<String>,
    /// The release of OTP with that compiler, if it is known.
    pub release: Option<u32>,
    /// The number of its functions.
    pub functions: u64,
    /// The numbers of functions that it calls.
    pub imports: ImportsJson,
}

/// The functions that a module calls, by where they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ImportsJson {
    /// In the given modules.
    pub given: u64,
    /// In libraries.
    pub libraries: u64,
    /// In Erlang/OTP.
    pub otp: u64,
    /// In C, and nodedown has them.
    pub natives: u64,
    /// In C, and nodedown does not have them.
    pub missing_natives: u64,
    /// Nowhere.
    pub missing: u64,
}

/// An instruction that nodedown does not execute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OpcodeJson {
    /// Its name in the compiler's listings.
    pub name: String,
    /// The number of its operands.
    pub arity: u8,
    /// Its number in the file.
    pub number: u8,
    /// The first release of OTP whose compiler wrote it.
    pub since: u8,
    /// The number of times that each module has it.
    pub modules: Members<u64>,
}

/// A function that is needed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NeededFunctionJson {
    /// Its module, name and arity, as in `lists:map/2`.
    pub function: String,
    /// The functions of the given modules that call it.
    pub callers: Vec<String>,
    /// A chain of calls that leads to it, where only libraries and OTP call it.
    pub way: Vec<String>,
}

/// A function that is nowhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MissingFunctionJson {
    /// The function, and who needs it.
    #[serde(flatten)]
    pub needed: NeededFunctionJson,
    /// True if its module is there.
    pub module_found: bool,
    /// The arities with which the module has a function of that name.
    pub other_arities: Vec<u8>,
}

/// An installation of Erlang/OTP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OtpJson {
    /// Its folder.
    pub root: String,
    /// Its version.
    pub version: String,
}
