//! The instructions that the machine runs: those of the file with their names resolved.

/// The source of an operand: a register, a place in the frame, or a constant of the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::beam) struct Src(pub(in crate::beam) u16);

/// The destination of a result: a register or a place in the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::beam) struct Dst(pub(in crate::beam) u16);

/// The bit of a [`Src`] that is a constant, and the other one of a place in the frame.
pub(in crate::beam) const CONSTANT: u16 = 0x8000;
pub(in crate::beam) const FRAME: u16 = 0x4000;
/// The same bits of operands in lists.
pub(in crate::beam) const LIST_CONSTANT: u32 = 0x8000_0000;
pub(in crate::beam) const LIST_FRAME: u32 = 0x4000_0000;

/// The registers that compiled code may name.
pub(in crate::beam) const REGISTERS: u16 = 1024;
/// All registers, with those that hold constants for one instruction.
pub(in crate::beam) const ALL_REGISTERS: usize = 2048;

/// A place in the code: a label until the code is linked, then the index of an instruction. 0 is
/// no place: an exception is raised instead.
pub(in crate::beam) type Label = u32;

/// A list of operands: its beginning and its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::beam) struct List {
    pub(in crate::beam) start: u32,
    pub(in crate::beam) len: u32,
}

/// Tests of the type of a value that are not instructions of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::beam) enum Type {
    Float,
    Number,
    Pid,
    Reference,
    Port,
    Binary,
    Bitstring,
    Function,
    Boolean,
    Map,
}

/// Operations on floats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::beam) enum FloatOp {
    Add,
    Subtract,
    Multiply,
    Divide,
}

/// Instructions on bit strings, whose operands are a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::beam) enum BitOp {
    StartMatch,
    GetInteger,
    GetFloat,
    GetBinary,
    Skip,
    TestTail,
    TestUnit,
    MatchString,
    GetUtf8,
    GetUtf16,
    GetUtf32,
    GetTail,
    GetPosition,
    SetPosition,
    Match,
    Begin,
    Add,
    Append,
    PutInteger,
    PutFloat,
    PutBinary,
    PutString,
    PutUtf8,
    PutUtf16,
    PutUtf32,
    Utf8Size,
    Utf16Size,
    Writable,
    Create,
}

/// An instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::beam) enum Op {
    /// Raises `function_clause`, or `undef` of a function that is only declared.
    FunctionClause {
        arity: u8,
    },
    Load {
        constant: u32,
        dst: Dst,
    },
    Move {
        src: Src,
        dst: Dst,
    },
    /// From one register to another.
    MoveRegister {
        src: u16,
        dst: u16,
    },
    Swap {
        a: Dst,
        b: Dst,
    },
    Clear {
        dst: Dst,
    },

    /// The present end of the mailbox is noted: a message that waits for a reference which is made
    /// after this comes behind it.
    ReserveMark {
        dst: Dst,
    },
    /// The reference is the one that a mark is for.
    BindMark {
        mark: Src,
        reference: Src,
    },
    ClearMark {
        reference: Src,
    },
    /// The next receive looks at nothing before the mark of the reference.
    UseMark {
        reference: Src,
    },

    Call {
        to: Label,
        arity: u8,
    },
    CallLast {
        to: Label,
        arity: u8,
        words: u16,
    },
    CallOnly {
        to: Label,
        arity: u8,
    },
    CallExternal {
        export: u32,
    },
    CallExternalLast {
        export: u32,
        words: u16,
    },
    CallExternalOnly {
        export: u32,
    },
    /// A native with its arguments in the first registers.
    CallPure {
        native: u16,
        arity: u8,
    },
    /// As `CallPure`, of a native that depends on the process. A last one is followed by `Return`,
    /// and what it calls returns to the caller.
    CallEffect {
        native: u16,
        arity: u8,
        last: bool,
    },
    CallFun {
        fun: Src,
        arity: u8,
        last: bool,
    },
    /// The module and the function follow the arguments.
    Apply {
        arity: u8,
        last: bool,
    },
    /// A module, a function and a list of arguments: `erlang:apply/3`.
    ApplyList {
        last: bool,
    },
    /// A fun and a list of arguments: `erlang:apply/2`.
    ApplyFunList {
        last: bool,
    },
    Return,
    Allocate {
        words: u16,
    },
    Deallocate {
        words: u16,
    },
    Trim {
        words: u16,
    },
    DeallocateReturn {
        words: u16,
    },

    Jump {
        to: Label,
    },
    IsNil {
        src: Src,
        fail: Label,
    },
    IsCons {
        src: Src,
        fail: Label,
    },
    IsList {
        src: Src,
        fail: Label,
    },
    IsAtom {
        src: Src,
        fail: Label,
    },
    IsInteger {
        src: Src,
        fail: Label,
    },
    IsTuple {
        src: Src,
        fail: Label,
    },
    Is {
        kind: Type,
        src: Src,
        fail: Label,
    },
    IsFunctionOf {
        src: Src,
        arity: Src,
        fail: Label,
    },
    IsArity {
        src: Src,
        arity: u16,
        fail: Label,
    },
    IsTagged {
        src: Src,
        arity: u16,
        tag: Src,
        fail: Label,
    },
    IsEqualExact {
        a: Src,
        b: Src,
        fail: Label,
    },
    IsNotEqualExact {
        a: Src,
        b: Src,
        fail: Label,
    },
    /// As `IsEqualExact`, with a value that is a word.
    IsWord {
        a: Src,
        b: Src,
        fail: Label,
    },
    IsEqual {
        a: Src,
        b: Src,
        fail: Label,
    },
    IsNotEqual {
        a: Src,
        b: Src,
        fail: Label,
    },
    IsLess {
        a: Src,
        b: Src,
        fail: Label,
    },
    IsNotLess {
        a: Src,
        b: Src,
        fail: Label,
    },
    Select {
        src: Src,
        table: u32,
        fail: Label,
    },
    SelectArity {
        src: Src,
        table: u32,
        fail: Label,
    },

    GetList {
        src: Src,
        head: Dst,
        tail: Dst,
    },
    GetHead {
        src: Src,
        dst: Dst,
    },
    GetTail {
        src: Src,
        dst: Dst,
    },
    GetElement {
        src: Src,
        index: u16,
        dst: Dst,
    },
    /// `IsCons` and `GetList`.
    IsConsGet {
        src: Src,
        head: Dst,
        tail: Dst,
        fail: Label,
    },
    PutList {
        head: Src,
        tail: Src,
        dst: Dst,
    },
    PutTuple {
        dst: Dst,
        list: List,
    },
    SetElement {
        value: Src,
        tuple: Src,
        index: u16,
    },
    UpdateRecord {
        src: Src,
        dst: Dst,
        list: List,
    },

    Add {
        a: Src,
        b: Src,
        dst: Dst,
        fail: Label,
    },
    Subtract {
        a: Src,
        b: Src,
        dst: Dst,
        fail: Label,
    },
    Bif0 {
        native: u16,
        dst: Dst,
    },
    Bif1 {
        native: u16,
        a: Src,
        dst: Dst,
        fail: Label,
    },
    Bif2 {
        native: u16,
        a: Src,
        b: Src,
        dst: Dst,
        fail: Label,
    },
    Bif3 {
        native: u16,
        a: Src,
        b: Src,
        c: Src,
        dst: Dst,
        fail: Label,
    },
    /// As `Bif1`, of a native that depends on the process.
    BifEffect {
        native: u16,
        arity: u8,
        a: Src,
        dst: Dst,
        fail: Label,
    },
    Element {
        index: Src,
        tuple: Src,
        dst: Dst,
        fail: Label,
    },

    PutMap {
        src: Src,
        dst: Dst,
        list: List,
    },
    /// All keys must be there.
    UpdateMap {
        src: Src,
        dst: Dst,
        list: List,
    },
    HasFields {
        src: Src,
        list: u32,
        len: u16,
        fail: Label,
    },
    GetFields {
        src: Src,
        list: u32,
        len: u16,
        fail: Label,
    },
    MakeFun {
        fun: u32,
        dst: Dst,
        list: List,
    },

    FloatMoveIn {
        src: Src,
        register: u16,
    },
    FloatMoveOut {
        register: u16,
        dst: Dst,
    },
    FloatConvert {
        src: Src,
        register: u16,
    },
    Float {
        op: FloatOp,
        a: u16,
        b: u16,
        register: u16,
    },
    FloatNegate {
        a: u16,
        register: u16,
    },

    Catch {
        dst: Dst,
        to: Label,
    },
    CatchEnd {
        src: Dst,
    },
    TryEnd {
        src: Dst,
    },
    TryCase {
        src: Dst,
    },
    Raise {
        trace: Src,
        value: Src,
    },
    RawRaise,
    BuildStacktrace,
    /// Raises `{name, value}`.
    ErrorAbout {
        name: Src,
        value: Src,
    },
    IfEnd,

    Send,
    NextMessage {
        dst: Dst,
        fail: Label,
    },
    SkipMessage {
        to: Label,
    },
    RemoveMessage,
    Wait {
        to: Label,
    },
    WaitTimeout {
        time: Src,
        to: Label,
    },
    Timeout,

    Bits {
        op: BitOp,
        list: u32,
        fail: Label,
    },
}

impl Op {
    /// The one place in the code that the instruction names.
    pub(super) fn label_mut(&mut self) -> Option<&mut Label> {
        match self {
            Op::Call { to, .. }
            | Op::CallLast { to, .. }
            | Op::CallOnly { to, .. }
            | Op::Jump { to }
            | Op::Catch { to, .. }
            | Op::SkipMessage { to }
            | Op::Wait { to }
            | Op::WaitTimeout { to, .. } => Some(to),
            Op::IsNil { fail, .. }
            | Op::IsCons { fail, .. }
            | Op::IsList { fail, .. }
            | Op::IsAtom { fail, .. }
            | Op::IsInteger { fail, .. }
            | Op::IsTuple { fail, .. }
            | Op::Is { fail, .. }
            | Op::IsFunctionOf { fail, .. }
            | Op::IsArity { fail, .. }
            | Op::IsTagged { fail, .. }
            | Op::IsEqualExact { fail, .. }
            | Op::IsNotEqualExact { fail, .. }
            | Op::IsWord { fail, .. }
            | Op::IsEqual { fail, .. }
            | Op::IsNotEqual { fail, .. }
            | Op::IsLess { fail, .. }
            | Op::IsNotLess { fail, .. }
            | Op::Select { fail, .. }
            | Op::SelectArity { fail, .. }
            | Op::IsConsGet { fail, .. }
            | Op::Add { fail, .. }
            | Op::Subtract { fail, .. }
            | Op::Bif1 { fail, .. }
            | Op::Bif2 { fail, .. }
            | Op::Bif3 { fail, .. }
            | Op::BifEffect { fail, .. }
            | Op::Element { fail, .. }
            | Op::HasFields { fail, .. }
            | Op::GetFields { fail, .. }
            | Op::NextMessage { fail, .. }
            | Op::Bits { fail, .. } => Some(fail),
            Op::FunctionClause { .. }
            | Op::Load { .. }
            | Op::Move { .. }
            | Op::MoveRegister { .. }
            | Op::Swap { .. }
            | Op::Clear { .. }
            | Op::ReserveMark { .. }
            | Op::BindMark { .. }
            | Op::ClearMark { .. }
            | Op::UseMark { .. }
            | Op::CallExternal { .. }
            | Op::CallExternalLast { .. }
            | Op::CallExternalOnly { .. }
            | Op::CallPure { .. }
            | Op::CallEffect { .. }
            | Op::CallFun { .. }
            | Op::Apply { .. }
            | Op::ApplyList { .. }
            | Op::ApplyFunList { .. }
            | Op::Return
            | Op::Allocate { .. }
            | Op::Deallocate { .. }
            | Op::Trim { .. }
            | Op::DeallocateReturn { .. }
            | Op::GetList { .. }
            | Op::GetHead { .. }
            | Op::GetTail { .. }
            | Op::GetElement { .. }
            | Op::PutList { .. }
            | Op::PutTuple { .. }
            | Op::SetElement { .. }
            | Op::UpdateRecord { .. }
            | Op::Bif0 { .. }
            | Op::PutMap { .. }
            | Op::UpdateMap { .. }
            | Op::MakeFun { .. }
            | Op::FloatMoveIn { .. }
            | Op::FloatMoveOut { .. }
            | Op::FloatConvert { .. }
            | Op::Float { .. }
            | Op::FloatNegate { .. }
            | Op::CatchEnd { .. }
            | Op::TryEnd { .. }
            | Op::TryCase { .. }
            | Op::Raise { .. }
            | Op::RawRaise
            | Op::BuildStacktrace
            | Op::ErrorAbout { .. }
            | Op::IfEnd
            | Op::Send
            | Op::RemoveMessage
            | Op::Timeout => None,
        }
    }
}

const _: () = assert!(size_of::<Op>() == 16, "an instruction is two words");
