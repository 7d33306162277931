//! New deals, and a pool's record of earlier ones.

use crate::{mock::*, weights::WeightInfo as _, Config, NextIntake};
use frame_support::traits::Get;
use frame_system::limits::BlockWeights;
use sp_runtime::Perbill;
use talka_primitives::{view::PoolStanding, DealId, TaskId};

use super::agreement::agree;

#[test]
fn happens_in_the_block_after_the_deal() {
    Chain::of(2).execute(|| {
        let task = request(3, 1);
        assert_eq!((progress(task.deal).queued, NextIntake::<Test>::get()), (3, DealId(0)));
        next_block();
        assert_eq!((progress(task.deal).open, NextIntake::<Test>::get()), (2, DealId(1)));
    });
}

#[test]
fn leaves_draws_their_part_of_the_hook_and_goes_on_in_order() {
    Chain::of(0).execute(|| {
        for _ in 0..60 {
            request(1, 1);
        }
        // Room for thirty deals, of which draws have two fifths. The last of a block might have expired.
        let one = <Test as Config>::WeightInfo::take_in_deal().ref_time();
        let limits: BlockWeights = <Test as frame_system::Config>::BlockWeights::get();
        let block = limits.max_block.ref_time();
        BlockShare::set(Perbill::from_rational(one * 30, block));
        let mut before = 0;
        for _ in 0..3 {
            next_block();
            let now = NextIntake::<Test>::get().0;
            assert!((12..=18).contains(&(now - before)), "{before} {now}");
            before = now;
        }
        BlockShare::set(Perbill::from_percent(25));
        next_block();
        assert_eq!(NextIntake::<Test>::get(), DealId(60));
    });
}

#[test]
fn is_followed_by_a_record_of_the_pool() {
    Chain::of(3).slots(2).execute(|| {
        assert_eq!(
            Poco::pool_standing(POOL),
            PoolStanding { online: 3, free_slots: 6, ..Default::default() }
        );
        let first = request(2, 1);
        next_block();
        assert_eq!(Poco::pool_standing(POOL).free_slots, 4);
        run_to(System::block_number() + 3);
        agree(first, 7);
        next_block();
        next_block();
        agree(TaskId { index: 1, ..first }, 7);
        let standing = Poco::pool_standing(POOL);
        assert_eq!((standing.completed, standing.failed, standing.waiting), (2, 0, 0));
        // Three blocks and five.
        assert_eq!(standing.median_blocks, Some(5));
        assert_eq!((standing.online, standing.free_slots), (3, 6));
    });
}
