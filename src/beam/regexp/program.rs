//! The parts of a regular expression as instructions.

use super::SyntaxError;
use super::syntax::{Assertion, Case, Class, Greed, Node, Premise, Verb};

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
    /// The code up to `Accept` matches here or not; then on at `next`. If it is not as it should be, on at
    /// `otherwise`, if there is such a place.
    Look {
        negative: bool,
        next: usize,
        otherwise: Option<usize>,
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
    /// On at `no` unless it runs in a group that was called: in this one, or any.
    InCall {
        group: Option<u32>,
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
    Fail,
    Verb(Verb),
    Accept,
}

/// An expression that can be run.
pub(super) struct Program {
    pub(super) ops: Vec<Op>,
    pub(super) classes: Vec<Class>,
    /// The place where each group begins; 0 is the whole.
    pub(super) starts: Vec<usize>,
    pub(super) registers: usize,
    /// It has verbs, which show where a search begins its attempts.
    pub(super) has_verbs: bool,
}

/// Translates an expression.
pub(super) fn program(node: &Node, groups: u32) -> Result<Program, SyntaxError> {
    let mut starts = vec![usize::MAX; groups as usize + 1];
    starts[0] = 0;
    let (ops, classes) = (Vec::new(), Vec::new());
    let mut program = Program { ops, classes, starts, registers: 0, has_verbs: false };
    program.node(node)?;
    program.ops.push(Op::Return(0));
    program.ops.push(Op::Accept);
    let is_missing =
        |op: &Op| matches!(op, Op::Call(group) if program.starts[*group as usize] == usize::MAX);
    if program.ops.iter().any(is_missing) {
        return Err(SyntaxError { text: "reference to non-existent subpattern", place: 0 });
    }
    program.has_verbs = program.ops.iter().any(|op| matches!(op, Op::Verb(_)));
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
            Node::Condition(premise, yes, no) => self.condition(premise, yes, no)?,
            Node::Recursion(group) => self.ops.push(Op::Call(*group)),
            Node::Keep => self.ops.push(Op::Keep),
            Node::Fail => self.ops.push(Op::Fail),
            Node::Verb(verb) => self.ops.push(Op::Verb(*verb)),
        }
        Ok(())
    }

    fn condition(&mut self, premise: &Premise, yes: &Node, no: &Node) -> Result<(), SyntaxError> {
        let place = self.here();
        match premise {
            Premise::Holds(look) => self.node(look)?,
            Premise::Matched(_) | Premise::Called(_) | Premise::Never => self.ops.push(Op::Accept),
        }
        self.node(yes)?;
        let jump = self.here();
        self.ops.push(Op::Accept);
        let no_place = self.here();
        self.ops[place] = match (premise, &self.ops[place]) {
            (Premise::Holds(_), Op::Look { negative, next, .. }) => {
                Op::Look { negative: *negative, next: *next, otherwise: Some(no_place) }
            }
            (Premise::Matched(group), _) => Op::Condition { group: *group, no: no_place },
            (Premise::Called(group), _) => Op::InCall { group: *group, no: no_place },
            (Premise::Never | Premise::Holds(_), _) => Op::Jump(no_place),
        };
        self.node(no)?;
        self.ops[jump] = Op::Jump(self.here());
        Ok(())
    }

    /// The character that each match begins with, if it is always the same one.
    pub(super) fn first_character(&self) -> Option<u32> {
        let mut ops = self.ops.iter();
        let first = ops.find(|op| !matches!(op, Op::Verb(_) | Op::Save(_) | Op::Keep))?;
        let Op::Character(code, Case::Exact) = first else { return None };
        Some(*code)
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
        self.ops[place] = Op::Look { negative, next: self.here(), otherwise: None };
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
        Node::Empty
        | Node::Assertion(_)
        | Node::Look { .. }
        | Node::Keep
        | Node::Fail
        | Node::Verb(_) => Some(0),
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
