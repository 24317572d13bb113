//! The parts of a regular expression as instructions.

use super::SyntaxError;
use super::syntax::{Assertion, Case, Class, Greed, Node};

/// The most instructions of an expression.
const LENGTH_MAX: usize = 200_000;

/// An instruction. Places are indices of instructions.
#[derive(Clone, Debug)]
pub(super) enum Op {
    Character(u32, Case),
    Any {
        newlines: bool,
    },
    Class(usize),
    Assertion(Assertion),
    /// Goes on at the first place, or later at the second.
    Split(usize, usize),
    Jump(usize),
    /// Keeps the position: twice a group's number, and one more for its end.
    Save(usize),
    Reference(Vec<u32>, Case),
    /// The code up to `Accept` matches here or not; then on at `next`.
    Look {
        negative: bool,
        next: usize,
    },
    /// The code up to `Accept` matches in one way only; then on at `next`.
    Atomic {
        next: usize,
    },
    /// So many characters back.
    Back(usize),
    /// On at `no` unless the group has matched.
    Condition {
        group: u32,
        no: usize,
    },
    /// A group as a function, or the whole: what is at the place, up to `Return`.
    Call(u32),
    /// The end of a group that may have been called.
    Return(u32),
    /// Remembers the position at which a repetition begins.
    Enter(usize),
    /// Goes on behind the repetition if it has matched nothing.
    Check {
        register: usize,
        next: usize,
    },
    Keep,
    Accept,
}

/// An expression that can be run.
pub(super) struct Program {
    pub(super) ops: Vec<Op>,
    pub(super) classes: Vec<Class>,
    /// The place where each group begins; 0 is the whole.
    pub(super) starts: Vec<usize>,
    pub(super) registers: usize,
}

/// Translates an expression.
pub(super) fn program(node: &Node, groups: u32) -> Result<Program, SyntaxError> {
    let mut starts = vec![usize::MAX; groups as usize + 1];
    starts[0] = 0;
    let mut program = Program { ops: Vec::new(), classes: Vec::new(), starts, registers: 0 };
    program.node(node)?;
    program.ops.push(Op::Return(0));
    program.ops.push(Op::Accept);
    Ok(program)
}

impl Program {
    fn here(&self) -> usize {
        self.ops.len()
    }

    fn node(&mut self, node: &Node) -> Result<(), SyntaxError> {
        if self.ops.len() > LENGTH_MAX {
            return Err(SyntaxError { text: "regular expression is too large", place: 0 });
        }
        match node {
            Node::Empty => {}
            Node::Character(code, case) => self.ops.push(Op::Character(*code, *case)),
            Node::Any { newlines } => self.ops.push(Op::Any { newlines: *newlines }),
            Node::Class(class) => {
                self.ops.push(Op::Class(self.classes.len()));
                self.classes.push(class.clone());
            }
            Node::Assertion(assertion) => self.ops.push(Op::Assertion(*assertion)),
            Node::Group(inner, group) => {
                // Of several groups of one number the first is called.
                let here = self.here();
                let start = &mut self.starts[*group as usize];
                *start = here.min(*start);
                self.ops.push(Op::Save(*group as usize * 2));
                self.node(inner)?;
                self.ops.push(Op::Save(*group as usize * 2 + 1));
                self.ops.push(Op::Return(*group));
            }
            Node::Reference(groups, case) => self.ops.push(Op::Reference(groups.clone(), *case)),
            Node::Sequence(nodes) => nodes.iter().try_for_each(|node| self.node(node))?,
            Node::Choice(choices) => self.choice(choices)?,
            Node::Repeat { node, min, max, greed } => self.repeat(node, *min, *max, *greed)?,
            Node::Look { node, behind, negative } => self.look(node, *behind, *negative)?,
            Node::Atomic(inner) => self.atomic(|program| program.node(inner))?,
            Node::Condition(group, yes, no) => {
                let condition = self.here();
                self.ops.push(Op::Accept);
                self.node(yes)?;
                let jump = self.here();
                self.ops.push(Op::Accept);
                self.ops[condition] = Op::Condition { group: *group, no: self.here() };
                self.node(no)?;
                self.ops[jump] = Op::Jump(self.here());
            }
            Node::Recursion(group) => self.ops.push(Op::Call(*group)),
            Node::Keep => self.ops.push(Op::Keep),
        }
        Ok(())
    }

    fn choice(&mut self, choices: &[Node]) -> Result<(), SyntaxError> {
        let mut jumps = Vec::new();
        for (index, choice) in choices.iter().enumerate() {
            if index + 1 == choices.len() {
                self.node(choice)?;
                break;
            }
            let split = self.here();
            self.ops.push(Op::Accept);
            self.node(choice)?;
            jumps.push(self.here());
            self.ops.push(Op::Accept);
            self.ops[split] = Op::Split(split + 1, self.here());
        }
        for jump in jumps {
            self.ops[jump] = Op::Jump(self.here());
        }
        Ok(())
    }

    fn atomic(
        &mut self,
        body: impl FnOnce(&mut Program) -> Result<(), SyntaxError>,
    ) -> Result<(), SyntaxError> {
        let place = self.here();
        self.ops.push(Op::Accept);
        body(self)?;
        self.ops.push(Op::Accept);
        self.ops[place] = Op::Atomic { next: self.here() };
        Ok(())
    }

    fn repeat(
        &mut self,
        node: &Node,
        min: u32,
        max: Option<u32>,
        greed: Greed,
    ) -> Result<(), SyntaxError> {
        if greed == Greed::Possessive {
            return self.atomic(|program| program.repeat(node, min, max, Greed::Greedy));
        }
        if max == Some(0) {
            // It matches nothing, and its groups can be called.
            let jump = self.here();
            self.ops.push(Op::Accept);
            self.node(node)?;
            self.ops[jump] = Op::Jump(self.here());
            return Ok(());
        }
        let split = |here: usize, next: usize| match greed {
            Greed::Lazy => Op::Split(next, here + 1),
            Greed::Greedy | Greed::Possessive => Op::Split(here + 1, next),
        };
        for _ in 0..min {
            self.node(node)?;
        }
        let Some(max) = max else {
            let (start, register) = (self.here(), self.registers);
            self.registers += 1;
            self.ops.extend([Op::Accept, Op::Enter(register)]);
            self.node(node)?;
            let next = self.here() + 2;
            self.ops.push(Op::Check { register, next });
            self.ops.push(Op::Jump(start));
            self.ops[start] = split(start, next);
            return Ok(());
        };
        let mut splits = Vec::new();
        for _ in min..max {
            splits.push(self.here());
            self.ops.push(Op::Accept);
            self.node(node)?;
        }
        for place in splits {
            self.ops[place] = split(place, self.here());
        }
        Ok(())
    }

    fn look(&mut self, node: &Node, behind: bool, negative: bool) -> Result<(), SyntaxError> {
        let place = self.here();
        self.ops.push(Op::Accept);
        if behind {
            let choices = match node {
                Node::Choice(choices) => choices.clone(),
                node => vec![node.clone()],
            };
            let mut all = Vec::new();
            for choice in choices {
                let width = width(&choice).ok_or(SyntaxError {
                    text: "lookbehind assertion is not fixed length",
                    place: 0,
                })?;
                all.push((width, choice));
            }
            self.behind(&all)?;
        } else {
            self.node(node)?;
        }
        self.ops.push(Op::Accept);
        self.ops[place] = Op::Look { negative, next: self.here() };
        Ok(())
    }

    fn behind(&mut self, choices: &[(usize, Node)]) -> Result<(), SyntaxError> {
        let mut jumps = Vec::new();
        for (index, (width, choice)) in choices.iter().enumerate() {
            let split = self.here();
            let is_last = index + 1 == choices.len();
            if !is_last {
                self.ops.push(Op::Accept);
            }
            self.ops.push(Op::Back(*width));
            self.node(choice)?;
            if !is_last {
                jumps.push(self.here());
                self.ops.push(Op::Accept);
                self.ops[split] = Op::Split(split + 1, self.here());
            }
        }
        for jump in jumps {
            self.ops[jump] = Op::Jump(self.here());
        }
        Ok(())
    }
}

/// The number of characters that a part matches, if it is always the same.
fn width(node: &Node) -> Option<usize> {
    match node {
        Node::Empty | Node::Assertion(_) | Node::Look { .. } | Node::Keep => Some(0),
        Node::Character(..) | Node::Any { .. } | Node::Class(_) => Some(1),
        Node::Group(inner, _) | Node::Atomic(inner) => width(inner),
        Node::Sequence(nodes) => nodes.iter().map(width).sum(),
        Node::Choice(choices) => {
            let mut widths = choices.iter().map(width);
            let first = widths.next()??;
            widths.all(|width| width == Some(first)).then_some(first)
        }
        Node::Repeat { node, min, max, .. } if *max == Some(*min) => {
            Some(width(node)? * *min as usize)
        }
        Node::Condition(_, yes, no) => width(yes).filter(|width_of| width(no) == Some(*width_of)),
        Node::Repeat { .. } | Node::Reference(..) | Node::Recursion(_) => None,
    }
}
