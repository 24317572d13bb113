//! Rows of tables drawn by chance, and patterns, guards and specifications that they may fit.

use nodedown::beam::{AtomIndex as Name, Heap, Value};

use crate::drawn::{Draw, Drawer};

impl Drawer {
    /// A key, a row, or what is asked of the rows of a table.
    pub(crate) fn for_tables(&mut self, heap: &mut Heap, draw: Draw) -> Value {
        match draw {
            Draw::Row => {
                let first = self.key(heap);
                let others = [Draw::Small, Draw::Small, Draw::Atom];
                let others = others.map(|draw| self.chosen(heap, draw));
                let len = self.index(4);
                heap.tuple(&[&[first], &others[..len]].concat())
            }
            Draw::Rows => {
                let rows: Vec<Value> =
                    (0..self.below(5)).map(|_| self.chosen(heap, Draw::Row)).collect();
                heap.list(&rows)
            }
            Draw::RowPattern => self.pattern(heap),
            Draw::MatchSpec => {
                let clauses: Vec<Value> = (0..=self.below(2)).map(|_| self.clause(heap)).collect();
                heap.list(&clauses)
            }
            Draw::CounterSteps => {
                let steps: Vec<Value> = (0..=self.below(2))
                    .map(|_| {
                        let parts = [self.small(4), self.small_from(-3, 7)];
                        let wrap = [self.small_from(-5, 12), self.small(3)];
                        let len = if self.below(3) == 0 { 2 } else { 0 };
                        heap.tuple(&[&parts[..], &wrap[..len]].concat())
                    })
                    .collect();
                match self.below(3) {
                    0 => self.small_from(-3, 7),
                    1 => steps[0],
                    _ => heap.list(&steps),
                }
            }
            Draw::InfoItem => {
                Name::new(self.of(&["size", "type", "keypos", "protection", "named_table"])).into()
            }
            _ => self.key(heap),
        }
    }

    fn key(&mut self, heap: &mut Heap) -> Value {
        match self.below(8) {
            0 => heap.float([1.0, 2.0, 2.5][self.index(3)]),
            1 => Name::new(self.of(&["a", "b"])).into(),
            2 => {
                let parts = [self.small(2), self.small(2)];
                heap.tuple(&parts)
            }
            _ => self.small(6),
        }
    }

    fn pattern(&mut self, heap: &mut Heap) -> Value {
        let elements: Vec<Value> = (0..=self.below(3))
            .map(|place| match self.below(6) {
                0 if place == 0 => self.key(heap),
                0 => self.small_from(-3, 13),
                1 => Name::new("_").into(),
                2 | 3 => Name::new("$1").into(),
                _ => Name::new("$2").into(),
            })
            .collect();
        match self.below(12) {
            0 => Name::new(self.of(&["_", "$1"])).into(),
            _ => heap.tuple(&elements),
        }
    }

    fn clause(&mut self, heap: &mut Heap) -> Value {
        let pattern = self.pattern(heap);
        let guards: Vec<Value> = (0..self.below(3)).map(|_| self.guard(heap, 2)).collect();
        let guards = heap.list(&guards);
        let made = match self.below(5) {
            0 => Name::new("$_").into(),
            1 => Name::new("$$").into(),
            2 => true.into(),
            3 => {
                let pair = [self.operand(heap), self.operand(heap)];
                let pair = heap.tuple(&pair);
                heap.tuple(&[pair])
            }
            _ => self.operand(heap),
        };
        let body = heap.list(&[made]);
        heap.tuple(&[pattern, guards, body])
    }

    fn operand(&mut self, heap: &mut Heap) -> Value {
        match self.below(8) {
            0 => self.small(6),
            1 => {
                let parts = [Name::new("element").into(), self.small(4), Name::new("$_").into()];
                heap.tuple(&parts)
            }
            2 => {
                let parts = [Name::new("+").into(), Name::new("$1").into(), self.small(3)];
                heap.tuple(&parts)
            }
            3 => {
                let term = self.key(heap);
                heap.tuple(&[Name::new("const").into(), term])
            }
            4 => Name::new("$2").into(),
            _ => Name::new("$1").into(),
        }
    }

    fn guard(&mut self, heap: &mut Heap, depth: u32) -> Value {
        let names = [
            ">",
            "<",
            ">=",
            "=<",
            "=:=",
            "==",
            "=/=",
            "/=",
            "is_integer",
            "is_atom",
            "is_tuple",
            "is_float",
            "andalso",
            "orelse",
            "and",
            "or",
            "not",
            "is_record",
        ];
        let name = self.of(&names);
        let mut parts: Vec<Value> = vec![Name::new(name).into()];
        match name {
            "andalso" | "orelse" | "and" | "or" if depth > 0 => {
                parts.extend([self.guard(heap, depth - 1), self.guard(heap, depth - 1)]);
            }
            "not" if depth > 0 => parts.push(self.guard(heap, depth - 1)),
            "is_integer" | "is_atom" | "is_tuple" | "is_float" => parts.push(self.operand(heap)),
            "is_record" => {
                parts.extend([Name::new("$_").into(), Name::new("a").into(), self.small(5)]);
            }
            _ => parts.extend([self.operand(heap), self.operand(heap)]),
        }
        heap.tuple(&parts)
    }
}
