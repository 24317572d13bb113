//! Running a regular expression: backtracking, without recursion but for parts that stand alone.

use super::program::{Op, Program};
use super::syntax::{Assertion, Case, Kind, Verb, other_case};
use super::{Options, Start};

/// The deepest recursion of an expression that calls itself.
const DEPTH_MAX: usize = 400;
/// The most places to come back to.
const OPEN_MAX: usize = 4 << 20;

/// The reason for which a search has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::beam) enum Exhausted {
    Steps,
    Depth,
}

/// The places where the parts of a match begin and end: twice a group's number, and one more.
pub(in crate::beam) type Spans = Vec<Option<usize>>;

/// Something to be undone or tried when what follows does not match.
enum Open {
    Branch {
        place: usize,
        position: usize,
    },
    Span(usize, Option<usize>),
    /// A group that runs, and where it began before.
    Begin(usize, usize),
    Register(usize, usize),
    Keep(Option<usize>),
    /// A verb: ways from before it are not tried.
    Verb(Verb, usize),
}

impl Open {
    /// Is it to be undone even if there is no other way?
    fn is_kept(&self) -> bool {
        !matches!(self, Open::Branch { .. } | Open::Verb(..))
    }
}

/// A search in a subject.
pub(super) struct Search<'a> {
    pub(super) program: &'a Program,
    pub(super) options: Options,
    pub(super) start: Start,
    pub(super) subject: &'a [u8],
    /// The most instructions that are run.
    pub(super) steps: u64,
    spans: Spans,
    /// The places where groups began; a group keeps its former span until it has come to its end.
    begins: Vec<usize>,
    registers: Vec<usize>,
    open: Vec<Open>,
    keep: Option<usize>,
    /// The place where the present attempt begins.
    from: usize,
    depth: usize,
    /// The groups that were called and have not come to their ends.
    calls: Vec<u32>,
    /// The verb that has ended the present attempt, and where it stood in the subject.
    ended_by: Option<(Verb, usize)>,
}

impl<'a> Search<'a> {
    pub(super) fn new(
        program: &'a Program,
        options: Options,
        start: Start,
        subject: &'a [u8],
        steps: u64,
    ) -> Search<'a> {
        Search {
            program,
            options,
            start,
            subject,
            steps,
            spans: vec![None; program.starts.len() * 2],
            begins: vec![0; program.starts.len()],
            registers: vec![usize::MAX; program.registers],
            open: Vec::new(),
            keep: None,
            from: 0,
            depth: 0,
            calls: Vec::new(),
            ended_by: None,
        }
    }

    /// The first match at or behind the place where the search begins.
    pub(super) fn run(mut self) -> Result<Option<Spans>, Exhausted> {
        let mut from = self.start.offset;
        // Where no match can begin, none is tried. It shows by verbs only.
        let skips = self.program.has_verbs && !self.options.tries_everywhere;
        let first = self.program.first_character().filter(|_| skips && !self.start.anchored);
        loop {
            while let (Some(first), Some((found, size))) = (first, self.character(from))
                && found != first
            {
                from += size;
            }
            self.spans.fill(None);
            self.open.clear();
            self.keep = None;
            self.from = from;
            if let Some(end) = self.attempt_until(0, from, None)? {
                self.spans[0] = Some(self.keep.unwrap_or(from));
                self.spans[1] = Some(end);
                return Ok(Some(self.spans));
            }
            let verb = self.ended_by.take();
            if self.start.anchored || from >= self.subject.len() {
                return Ok(None);
            }
            match verb {
                Some((Verb::Commit, _)) => return Ok(None),
                Some((Verb::Skip, place)) if place > from => {
                    from = place;
                    continue;
                }
                Some((Verb::Skip | Verb::Prune, _)) | None => {}
            }
            if self.options.firstline && self.newline_at(from).is_some() {
                return Ok(None);
            }
            from += self.character(from).map_or(1, |(_, size)| size);
        }
    }

    /// The character at a position, and how many bytes it has.
    #[inline]
    fn character(&self, position: usize) -> Option<(u32, usize)> {
        let first = *self.subject.get(position)?;
        if !self.options.unicode || first < 0x80 {
            return Some((first.into(), 1));
        }
        let size = match first {
            0xF0.. => 4,
            0xE0.. => 3,
            _ => 2,
        };
        let bytes = self.subject.get(position..position + size)?;
        let mut code = u32::from(first) & (0x7F >> size);
        for byte in &bytes[1..] {
            code = code << 6 | u32::from(byte & 0x3F);
        }
        Some((code, size))
    }

    /// The size of the end of a line that begins at a position.
    fn newline_at(&self, position: usize) -> Option<usize> {
        self.options.newline.len_at(self.subject.get(position..)?, self.options.unicode)
    }

    /// Does a line end just before a position?
    fn is_after_newline(&self, position: usize) -> bool {
        (1..=3.min(position)).any(|size| self.newline_at(position - size) == Some(size))
    }

    fn before(&self, position: usize) -> Option<usize> {
        let mut position = position.checked_sub(1)?;
        while self.options.unicode && position > 0 && self.subject[position] & 0xC0 == 0x80 {
            position -= 1;
        }
        Some(position)
    }

    /// Is a match that ends here an empty one that is not wanted?
    fn refuses(&self, end: usize) -> bool {
        let begin = self.keep.unwrap_or(self.from);
        let at_start = self.start.not_empty_first && begin == self.start.offset;
        end == begin && (self.start.not_empty || at_start)
    }

    /// Runs from an instruction on, up to `Accept` or the end of a group. Returns where the match ends.
    fn attempt_until(
        &mut self,
        mut place: usize,
        mut position: usize,
        group: Option<u32>,
    ) -> Result<Option<usize>, Exhausted> {
        let (base, program) = (self.open.len(), self.program);
        loop {
            self.steps = self.steps.checked_sub(1).ok_or(Exhausted::Steps)?;
            let went_on = match &program.ops[place] {
                Op::Accept if self.depth == 0 && self.refuses(position) => None,
                Op::Accept => return Ok(Some(position)),
                Op::Return(ended) if group == Some(*ended) => return Ok(Some(position)),
                Op::Return(_) => Some((place + 1, position)),
                Op::Character(code, case) => self.character(position).and_then(|(found, size)| {
                    let same = found == *code
                        || *case == Case::Any && other_case(found, self.options.unicode) == *code;
                    same.then_some((place + 1, position + size))
                }),
                Op::Any { newlines } => self.character(position).and_then(|(_, size)| {
                    let is_any = *newlines || self.newline_at(position).is_none();
                    is_any.then_some((place + 1, position + size))
                }),
                Op::Class(class) => self.character(position).and_then(|(found, size)| {
                    let class = &program.classes[*class];
                    let has = class.has(found, self.options.unicode, self.options.everywhere);
                    has.then_some((place + 1, position + size))
                }),
                Op::Assertion(assertion) => {
                    self.holds(*assertion, position).then_some((place + 1, position))
                }
                Op::Split(first, second) => {
                    if self.open.len() >= self.start.open_max.unwrap_or(OPEN_MAX).min(OPEN_MAX) {
                        return Err(Exhausted::Depth);
                    }
                    self.open.push(Open::Branch { place: *second, position });
                    Some((*first, position))
                }
                Op::Jump(to) => Some((*to, position)),
                Op::Save(span) => {
                    self.save(*span, position);
                    Some((place + 1, position))
                }
                Op::Reference(groups, case) => {
                    let size = self.repeated(groups, *case, position);
                    size.map(|size| (place + 1, position + size))
                }
                Op::Back(count) => (0..*count)
                    .try_fold(position, |position, _| self.before(position))
                    .map(|position| (place + 1, position)),
                Op::InCall { group, no } => {
                    let called = self.calls.last();
                    let holds = called.is_some_and(|last| group.is_none_or(|group| group == *last));
                    Some((if holds { place + 1 } else { *no }, position))
                }
                Op::Fail => None,
                Op::Verb(verb) => {
                    self.open.push(Open::Verb(*verb, position));
                    Some((place + 1, position))
                }
                Op::Condition { group, no } => {
                    let matched = self.spans[*group as usize * 2 + 1].is_some();
                    Some((if matched { place + 1 } else { *no }, position))
                }
                Op::Enter(register) => {
                    self.open.push(Open::Register(*register, self.registers[*register]));
                    self.registers[*register] = position;
                    Some((place + 1, position))
                }
                Op::Check { register, next } => {
                    let is_empty = self.registers[*register] == position;
                    Some((if is_empty { *next } else { place + 1 }, position))
                }
                Op::Keep => {
                    self.open.push(Open::Keep(self.keep));
                    self.keep = Some(position);
                    Some((place + 1, position))
                }
                Op::Look { negative, next, otherwise } => {
                    let holds = self.look(place + 1, position, *negative)?;
                    let next = if holds { Some(*next) } else { *otherwise };
                    next.map(|next| (next, position))
                }
                Op::Atomic { next } => {
                    let next = *next;
                    self.alone(place + 1, position, None)?.map(|position| (next, position))
                }
                Op::Call(group) => {
                    self.call(*group, position)?.map(|position| (place + 1, position))
                }
            };
            let next = match went_on {
                Some(next) => Some(next),
                None if self.ended_by.is_some() => None,
                None => self.come_back(base),
            };
            match next {
                Some(next) => (place, position) = next,
                None => return Ok(None),
            }
        }
    }

    /// A group begins, or comes to its end and has its span then.
    fn save(&mut self, span: usize, position: usize) {
        let begin = &mut self.begins[span / 2];
        if span.is_multiple_of(2) {
            self.open.push(Open::Begin(span / 2, *begin));
            *begin = position;
            return;
        }
        for (span, at) in [(span - 1, *begin), (span, position)] {
            self.open.push(Open::Span(span, self.spans[span]));
            self.spans[span] = Some(at);
        }
    }

    /// Does a look ahead or back find what it should?
    fn look(&mut self, place: usize, position: usize, negative: bool) -> Result<bool, Exhausted> {
        let inner = self.open.len();
        let found = self.alone(place, position, None)?;
        // What a verb forbids is forbidden within.
        self.ended_by = None;
        if negative {
            self.undo(inner);
        }
        Ok(found.is_some() != negative)
    }

    /// Runs a group as a function: the places of groups within it are forgotten.
    fn call(&mut self, group: u32, position: usize) -> Result<Option<usize>, Exhausted> {
        let (spans, start) = (self.spans.clone(), self.program.starts[group as usize]);
        let (begins, registers) = (self.begins.clone(), self.registers.clone());
        let inner = self.open.len();
        self.calls.push(group);
        let found = self.alone(start, position, Some(group))?;
        self.calls.pop();
        self.open.truncate(inner);
        self.spans = spans;
        self.begins = begins;
        self.registers = registers;
        Ok(found)
    }

    /// Runs a part by itself: what it can match otherwise is not tried.
    fn alone(
        &mut self,
        place: usize,
        position: usize,
        group: Option<u32>,
    ) -> Result<Option<usize>, Exhausted> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(Exhausted::Depth);
        }
        let base = self.open.len();
        let found = self.attempt_until(place, position, group)?;
        self.depth -= 1;
        let kept: Vec<Open> = self.open.drain(base..).filter(Open::is_kept).collect();
        self.open.extend(kept);
        Ok(found)
    }

    /// Goes back to what was left open last, undoing what was done since.
    fn come_back(&mut self, base: usize) -> Option<(usize, usize)> {
        while self.open.len() > base {
            match self.open.pop()? {
                Open::Branch { place, position } => return Some((place, position)),
                Open::Verb(verb, position) => {
                    self.ended_by = Some((verb, position));
                    return None;
                }
                other => self.undo_one(&other),
            }
        }
        None
    }

    fn undo(&mut self, base: usize) {
        while self.open.len() > base {
            if let Some(last) = self.open.pop() {
                self.undo_one(&last);
            }
        }
    }

    fn undo_one(&mut self, open: &Open) {
        match open {
            Open::Branch { .. } | Open::Verb(..) => {}
            Open::Span(span, before) => self.spans[*span] = *before,
            Open::Begin(group, before) => self.begins[*group] = *before,
            Open::Register(register, before) => self.registers[*register] = *before,
            Open::Keep(before) => self.keep = *before,
        }
    }

    /// The bytes that are once more what one of the groups has matched.
    fn repeated(&self, groups: &[u32], case: Case, position: usize) -> Option<usize> {
        let span = groups.iter().find_map(|group| {
            let index = *group as usize * 2;
            self.spans[index].zip(self.spans[index + 1])
        });
        let (mut from, to) = span?;
        let mut at = position;
        while from < to {
            let ((wanted, size), (found, found_size)) =
                (self.character(from)?, self.character(at)?);
            let same = wanted == found
                || case == Case::Any && other_case(found, self.options.unicode) == wanted;
            if !same {
                return None;
            }
            from += size;
            at += found_size;
        }
        Some(at - position)
    }

    fn is_word(&self, position: Option<usize>) -> bool {
        let character = position.and_then(|position| self.character(position));
        character.is_some_and(|(code, _)| Kind::Word.has(code, self.options.everywhere))
    }

    fn holds(&self, assertion: Assertion, position: usize) -> bool {
        let end = self.subject.len();
        let boundary = || self.is_word(self.before(position)) != self.is_word(Some(position));
        let at_last_newline = self.newline_at(position).is_some_and(|size| position + size == end);
        match assertion {
            Assertion::Begin => position == 0 && !self.start.not_bol,
            Assertion::End => position == end && !self.start.not_eol,
            Assertion::EndOrNewline => (position == end || at_last_newline) && !self.start.not_eol,
            Assertion::SubjectStart => position == 0,
            Assertion::SubjectEnd => position == end,
            Assertion::SubjectEndOrNewline => position == end || at_last_newline,
            Assertion::LineStart => {
                position == 0 && !self.start.not_bol
                    || position < end && self.is_after_newline(position)
            }
            Assertion::LineEnd => {
                position == end && !self.start.not_eol || self.newline_at(position).is_some()
            }
            Assertion::WordBoundary => boundary(),
            Assertion::NoWordBoundary => !boundary(),
            Assertion::SearchStart => position == self.start.offset,
        }
    }
}
