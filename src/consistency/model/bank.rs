//! A model of accounts between which money is moved.

use std::collections::BTreeMap;
use std::rc::Rc;

use num_bigint::BigInt;

use super::counter::whole;
use super::{Model, SequentialSpec, Unfit};
use crate::consistency::history::{Action, Operation};
use crate::engine::term::Term;

/// Accounts that are read all together, and between which amounts are transferred. No account goes
/// below 0.
///
/// Unless it [begins with](super::Starting) a map of accounts and what is on them, nobody knows what
/// is on them before the first read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bank;

/// The balance of each account; accounts with 0 are left out.
pub type Accounts = Rc<BTreeMap<Term, BigInt>>;

/// A call of a [`Bank`].
#[derive(Clone, Debug, PartialEq)]
pub enum BankCall {
    /// Returned this, if the answer is known.
    Read(Option<Accounts>),
    /// Moved this much from one account to another.
    Transfer {
        /// The account that it was on.
        from: Term,
        /// The account that it goes to.
        to: Term,
        /// The amount.
        amount: BigInt,
    },
}

/// The state of a [`Bank`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Balances {
    /// The balance of each account.
    Known(Accounts),
    /// The sum that came to each account, or left it, since the beginning.
    Changed(Accounts),
}

impl Bank {
    const NAME: &'static str = "bank";
}

impl SequentialSpec for Bank {
    type Call = BankCall;
    type State = Balances;

    fn initial(&self) -> Balances {
        Balances::Changed(Accounts::default())
    }

    fn call(&self, operation: &Operation) -> Result<BankCall, Unfit> {
        match operation.action {
            Action::Read => {
                let answer = operation.answer().map(|answer| {
                    let expected = "a map of accounts and whole numbers";
                    let unfit = || Unfit::value(Bank::NAME, operation, expected, answer);
                    accounts(answer).ok_or_else(unfit)
                });
                answer.transpose().map(BankCall::Read)
            }
            Action::Transfer => transfer(&operation.value).ok_or_else(|| {
                let expected = "a map of `from`, `to` and `amount`";
                Unfit::value(Bank::NAME, operation, expected, &operation.value)
            }),
            _ => Err(Unfit::operation(Bank::NAME, operation, &["read", "transfer"])),
        }
    }

    fn state_of(&self, value: &Term) -> Option<Balances> {
        let accounts = accounts(value)?;
        let is_sound = accounts.values().all(|amount| *amount >= BigInt::ZERO);
        is_sound.then_some(Balances::Known(accounts))
    }

    fn size(&self, balances: &Balances) -> usize {
        let (Balances::Known(accounts) | Balances::Changed(accounts)) = balances;
        size_of_val(balances) + accounts.len() * 2 * size_of::<(Term, BigInt)>()
    }

    fn describe(&self, balances: &Balances) -> String {
        match balances {
            Balances::Known(accounts) => {
                let told = accounts.iter().map(|(account, amount)| format!("{account}: {amount}"));
                let told: Vec<String> = told.collect();
                if told.is_empty() { "nothing".to_owned() } else { told.join(", ") }
            }
            Balances::Changed(_) => "anything".to_owned(),
        }
    }
}

impl Model for Bank {
    fn step(&self, balances: &Balances, call: &BankCall) -> Option<Balances> {
        match (call, balances) {
            (BankCall::Read(None), _) => Some(balances.clone()),
            (BankCall::Read(Some(answer)), Balances::Known(accounts)) => {
                (answer == accounts).then(|| balances.clone())
            }
            (BankCall::Read(Some(answer)), Balances::Changed(_)) => {
                let is_sound = answer.values().all(|amount| *amount >= BigInt::ZERO);
                is_sound.then(|| Balances::Known(Rc::clone(answer)))
            }
            (BankCall::Transfer { from, to, amount }, Balances::Known(accounts)) => {
                let after = moved(accounts, from, to, amount);
                let is_covered = after.get(from).is_none_or(|left| *left >= BigInt::ZERO);
                is_covered.then_some(Balances::Known(after))
            }
            (BankCall::Transfer { from, to, amount }, Balances::Changed(changes)) => {
                Some(Balances::Changed(moved(changes, from, to, amount)))
            }
        }
    }

    fn only_reads(&self, call: &BankCall) -> bool {
        matches!(call, BankCall::Read(None))
    }
}

fn accounts(value: &Term) -> Option<Accounts> {
    let each = value.as_map()?.iter().map(|(account, amount)| {
        let amount = if amount.is_atom("undefined") { BigInt::ZERO } else { whole(amount)? };
        Some((account.clone(), amount))
    });
    let mut accounts = each.collect::<Option<BTreeMap<Term, BigInt>>>()?;
    accounts.retain(|_, amount| *amount != BigInt::ZERO);
    Some(Rc::new(accounts))
}

fn transfer(value: &Term) -> Option<BankCall> {
    let fields = value.as_map()?;
    let field = |name: &str| fields.field(name).or_else(|| fields.get(&Term::from(name)));
    let amount = whole(field("amount")?)?;
    Some(BankCall::Transfer { from: field("from")?.clone(), to: field("to")?.clone(), amount })
}

fn moved(accounts: &Accounts, from: &Term, to: &Term, amount: &BigInt) -> Accounts {
    let mut accounts = BTreeMap::clone(accounts);
    *accounts.entry(from.clone()).or_default() -= amount;
    *accounts.entry(to.clone()).or_default() += amount;
    accounts.retain(|_, amount| *amount != BigInt::ZERO);
    Rc::new(accounts)
}
