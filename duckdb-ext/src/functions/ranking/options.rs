//! How a group is to be measured, as the arguments after label and score say.

use crate::core::ranking::{Gain, Ideal, Relevance, Ties};
use crate::ffi::{Arg, Args, Error, Texts, Type, Values};

pub(super) const K: Arg = ("k", Type::BigInt);
pub(super) const GAIN: Arg = ("gain", Type::Varchar);
pub(super) const IDEAL: Arg = ("ideal", Type::Varchar);
pub(super) const RELEVANCE: Arg = ("relevance", Type::Varchar);
pub(super) const TIES: Arg = ("ties", Type::Varchar);

/// NULL or a missing argument is the default; the default `k` is the whole group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Options {
    /// Every group of this size or less is whole.
    pub(super) k: u32,
    pub(super) gain: Gain,
    pub(super) ideal: Ideal,
    pub(super) relevance: Relevance,
    pub(super) ties: Ties,
}

/// The options of a chunk's rows.
pub(super) enum OptionColumns<'a> {
    /// One for all of them, which is the rule.
    Same(Options),
    PerRow(Columns<'a>),
}

impl<'a> OptionColumns<'a> {
    /// Finds the options by their names in the form that has as many arguments as the call.
    pub(super) fn new(args: &Args<'a>, forms: &[&[Arg]]) -> Result<Self, Error> {
        let form = forms.iter().find(|form| form.len() == args.columns()).copied().unwrap_or(&[]);
        let find = |(name, _): Arg| form.iter().position(|(other, _)| *other == name);
        let texts = |arg: Arg| find(arg).map(|at| args.texts(at)).transpose();
        let columns = Columns {
            k: find(K).map(|at| args.bigints(at)).transpose()?,
            gain: texts(GAIN)?,
            ideal: texts(IDEAL)?,
            relevance: texts(RELEVANCE)?,
            ties: texts(TIES)?,
        };
        if args.len() > 0 && columns.are_the_same(args.len())? {
            return columns.get(0).map(Self::Same);
        }
        Ok(Self::PerRow(columns))
    }

    #[inline]
    pub(super) fn get(&self, row: usize) -> Result<Options, Error> {
        match self {
            Self::Same(options) => Ok(*options),
            Self::PerRow(columns) => columns.get(row),
        }
    }
}

/// The option arguments there are.
pub(super) struct Columns<'a> {
    k: Option<Values<'a, i64>>,
    gain: Option<Texts<'a>>,
    ideal: Option<Texts<'a>>,
    relevance: Option<Texts<'a>>,
    ties: Option<Texts<'a>>,
}

impl Columns<'_> {
    fn are_the_same(&self, rows: usize) -> Result<bool, Error> {
        if let Some(k) = &self.k
            && (1..rows).any(|row| k.get(row) != k.get(0))
        {
            return Ok(false);
        }
        for texts in [&self.gain, &self.ideal, &self.relevance, &self.ties].into_iter().flatten() {
            let first = texts.get(0)?;
            for row in 1..rows {
                if texts.get(row)? != first {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    fn get(&self, row: usize) -> Result<Options, Error> {
        let k = match self.k.as_ref().and_then(|k| k.get(row)) {
            None => u32::MAX,
            Some(k) if k < 0 => {
                return Err(Error::argument(format!("k is {k}; give a number from 0")));
            }
            Some(k) => u32::try_from(k).unwrap_or(u32::MAX),
        };
        Ok(Options {
            k,
            gain: choice(
                GAIN,
                &self.gain,
                row,
                ["exponential", "linear"],
                [Gain::Exponential, Gain::Linear],
            )?,
            ideal: choice(
                IDEAL,
                &self.ideal,
                row,
                ["group", "retrieved"],
                [Ideal::Group, Ideal::Retrieved],
            )?,
            relevance: choice(
                RELEVANCE,
                &self.relevance,
                row,
                ["binary", "graded"],
                [Relevance::Binary, Relevance::Graded],
            )?,
            ties: choice(TIES, &self.ties, row, ["worst", "order"], [Ties::Worst, Ties::Order])?,
        })
    }
}

/// The value whose word stands in the argument; the first one where there is none.
fn choice<T: Copy>(
    (name, _): Arg,
    texts: &Option<Texts<'_>>,
    row: usize,
    words: [&str; 2],
    values: [T; 2],
) -> Result<T, Error> {
    let text = match texts {
        Some(texts) => texts.get(row)?,
        None => None,
    };
    match text {
        None => Ok(values[0]),
        Some(text) if text == words[0] => Ok(values[0]),
        Some(text) if text == words[1] => Ok(values[1]),
        Some(text) => {
            let [first, second] = words;
            Err(Error::argument(format!("{name} is '{text}'; give '{first}' or '{second}'")))
        }
    }
}
