//! Who has made this block, and who its parent: what is drawn from.
//!
//! Only this module writes [`LastAuthored`].

use crate::pallet::{Config, LastAuthored};
use talka_primitives::{seed::Authors, traits::Authorship as _};

/// The authors of this block and its parent. The first is remembered for the next block. Nothing where this block carries
/// no output.
pub(crate) fn authors<T: Config>() -> Option<Authors<T::AccountId>> {
    let parent = LastAuthored::<T>::take();
    let own = T::Authorship::own()?;
    LastAuthored::<T>::put(&own);
    Some(Authors { parent, own, sole: T::Authorship::is_sole() })
}
