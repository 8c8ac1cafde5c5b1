//! What goes wrong while everyone is busy.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::dice::Dice;
use crate::world::World;

/// The longest time between two mishaps, in milliseconds.
const PAUSE: u64 = 9_000;
/// Within how many writes to the disk one fails that is to fail.
const WRITES: u64 = 40;
/// The longest that a control plane is down, in milliseconds.
const DOWN: u64 = 1_500;

/// Lets things go wrong until then. Leaves a world in which nothing does any more.
pub async fn rule(world: &World, dice: &Dice, until: Instant) {
    world.machine.faults.rage(true);
    while Instant::now() < until {
        sleep(Duration::from_millis(dice.below(PAUSE))).await;
        mishap(world, dice).await;
    }
    world.machine.faults.rage(false);
}

async fn mishap(world: &World, dice: &Dice) {
    match dice.below(6) {
        0 => restart(world, dice).await,
        1 => {
            world.break_disk(dice.below(WRITES));
            sleep(Duration::from_millis(dice.below(DOWN))).await;
            restart(world, dice).await;
        }
        2 => world.machine.faults.restart_agent(),
        3 => {
            let sandboxes = world.machine.sandboxes().await;
            if let Some((sandbox, _)) = dice.pick(&sandboxes) {
                world.machine.kill(sandbox);
            }
        }
        4 => world.machine.cut_power().await,
        _ => {}
    }
}

async fn restart(world: &World, dice: &Dice) {
    world.crash().await;
    sleep(Duration::from_millis(dice.below(DOWN))).await;
    world.open().await;
}
