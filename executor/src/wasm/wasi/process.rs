//! System calls that are not about files: arguments, environment, time, randomness, waiting.

use super::{
    abi::{Errno, Fault},
    clock::{Clock, STEP},
    descriptors::Target,
    guest::Guest,
    meter::RANDOM_WORK,
    Wasi,
};

/// Most events that are waited for at once.
const MAX_SUBSCRIPTIONS: u32 = 4096;

/// Most random bytes that are made at once, for the watchdog to be looked at between.
const RANDOM_PIECE: usize = 1 << 20;

const SUBSCRIPTION_SIZE: u32 = 48;
const EVENT_SIZE: u32 = 32;

const CLOCK: u8 = 0;
const DESCRIPTOR_READ: u8 = 1;
const DESCRIPTOR_WRITE: u8 = 2;

/// Set in a subscription whose time is a moment and not a duration.
const ABSOLUTE: u16 = 1;

/// What an app waits for.
struct Subscription {
    user_data: u64,
    kind: u8,
    /// Nanoseconds until it comes about.
    delay: u64,
    errno: Option<Errno>,
}

impl Wasi {
    pub(super) fn args_sizes_get(
        &mut self,
        guest: &mut Guest<'_>,
        count: u32,
        size: u32,
    ) -> Result<(), Fault> {
        strings_sizes(&self.arguments, guest, count, size)
    }

    pub(super) fn args_get(&mut self, guest: &mut Guest<'_>, list: u32, buffer: u32) -> Result<(), Fault> {
        strings(&self.arguments, guest, list, buffer)
    }

    pub(super) fn environ_sizes_get(
        &mut self,
        guest: &mut Guest<'_>,
        count: u32,
        size: u32,
    ) -> Result<(), Fault> {
        strings_sizes(&self.environment, guest, count, size)
    }

    pub(super) fn environ_get(&mut self, guest: &mut Guest<'_>, list: u32, buffer: u32) -> Result<(), Fault> {
        strings(&self.environment, guest, list, buffer)
    }

    pub(super) fn clock_res_get(
        &mut self,
        guest: &mut Guest<'_>,
        clock: u32,
        resolution: u32,
    ) -> Result<(), Fault> {
        if !Clock::exists(clock) {
            return Err(Errno::Invalid.into());
        }
        guest.write_u64(resolution, STEP)
    }

    pub(super) fn clock_time_get(
        &mut self,
        guest: &mut Guest<'_>,
        clock: u32,
        _precision: u64,
        time: u32,
    ) -> Result<(), Fault> {
        if !Clock::exists(clock) {
            return Err(Errno::Invalid.into());
        }
        guest.write_u64(time, self.clock.read(clock))
    }

    pub(super) fn random_get(
        &mut self,
        guest: &mut Guest<'_>,
        buffer: u32,
        length: u32,
    ) -> Result<(), Fault> {
        let (buffer, meter) = guest.slice(buffer, length)?;
        for piece in buffer.chunks_mut(RANDOM_PIECE) {
            meter.pay(RANDOM_WORK * piece.len() as u64)?;
            self.random.fill(piece);
        }
        Ok(())
    }

    pub(super) fn sched_yield(&mut self, _guest: &mut Guest<'_>) -> Result<(), Fault> {
        Ok(())
    }

    /// Descriptors are always ready. When nothing is, the time passes at once to the first moment that is waited for.
    pub(super) fn poll_oneoff(
        &mut self,
        guest: &mut Guest<'_>,
        subscriptions: u32,
        events: u32,
        count: u32,
        occurred: u32,
    ) -> Result<(), Fault> {
        if count == 0 || count > MAX_SUBSCRIPTIONS {
            return Err(Errno::Invalid.into());
        }
        guest.slice(subscriptions, count * SUBSCRIPTION_SIZE)?;
        guest.slice(events, count * EVENT_SIZE)?;
        let subscriptions = (0..count)
            .map(|index| self.subscription(guest, subscriptions + index * SUBSCRIPTION_SIZE))
            .collect::<Result<Vec<_>, _>>()?;
        let first = subscriptions.iter().map(|subscription| subscription.delay).min().unwrap_or(0);
        self.clock.advance(first);

        let mut event = events;
        let mut number = 0;
        for subscription in subscriptions.iter().filter(|subscription| subscription.delay <= first) {
            let mut bytes = [0; EVENT_SIZE as usize];
            bytes[0..8].copy_from_slice(&subscription.user_data.to_le_bytes());
            let errno = subscription.errno.map_or(0, |errno| errno as u16);
            bytes[8..10].copy_from_slice(&errno.to_le_bytes());
            bytes[10] = subscription.kind;
            guest.write(event, &bytes)?;
            event = event.wrapping_add(EVENT_SIZE);
            number += 1;
        }
        guest.write_u32(occurred, number)
    }

    fn subscription(&self, guest: &mut Guest<'_>, at: u32) -> Result<Subscription, Fault> {
        let user_data = guest.read_u64(at)?;
        let kind = guest.read_u8(at + 8)?;
        let (delay, errno) = match kind {
            CLOCK => {
                let clock = guest.read_u32(at + 16)?;
                let time = guest.read_u64(at + 24)?;
                let absolute = guest.read_u16(at + 40)? & ABSOLUTE != 0;
                match (Clock::exists(clock), absolute) {
                    (false, _) => (0, Some(Errno::Invalid)),
                    (true, true) => (self.clock.until(clock, time), None),
                    (true, false) => (time, None),
                }
            }
            DESCRIPTOR_READ | DESCRIPTOR_WRITE => {
                let descriptor = self.descriptors.get(guest.read_u32(at + 16)?);
                let errno = match descriptor.map(|descriptor| &descriptor.target) {
                    Ok(Target::Directory { .. }) | Err(_) => Some(Errno::BadDescriptor),
                    Ok(_) => None,
                };
                (0, errno)
            }
            _ => return Err(Errno::Invalid.into()),
        };
        Ok(Subscription { user_data, kind, delay, errno })
    }
}

fn strings_sizes(strings: &[String], guest: &mut Guest<'_>, count: u32, size: u32) -> Result<(), Fault> {
    guest.write_u32(count, strings.len() as u32)?;
    guest.write_u32(size, strings.iter().map(|string| string.len() as u32 + 1).sum())
}

fn strings(strings: &[String], guest: &mut Guest<'_>, mut list: u32, mut buffer: u32) -> Result<(), Fault> {
    for string in strings {
        guest.write_u32(list, buffer)?;
        list = list.wrapping_add(4);
        for part in [string.as_bytes(), &[0]] {
            guest.write(buffer, part)?;
            buffer = buffer.wrapping_add(part.len() as u32);
        }
    }
    Ok(())
}
