//! Strategies with their contexts, and which of them an event concerns.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use wattbook_domain::{ClientId, Command, Event, Input, Owner, Timestamp};
use wattbook_strategy::{Context, Observation, Strategy};

/// A strategy and what it knows.
pub(crate) struct Agent {
    pub(crate) strategy: Box<dyn Strategy + Send>,
    pub(crate) context: Context,
    pub(crate) client_sequence: u64,
}

impl Agent {
    #[inline]
    fn observe(&mut self, now: Timestamp, observation: &Observation<'_>) {
        self.context.observe(now, observation);
        self.strategy.on_event(observation, &mut self.context);
    }
}

/// All strategies of a run.
#[derive(Default)]
pub(crate) struct Agents {
    all: Vec<Agent>,
    by_client: BTreeMap<ClientId, usize>,
    by_owner: BTreeMap<Owner, usize>,
}

impl Agents {
    pub(crate) fn push(&mut self, agent: Agent) {
        let identity = agent.context.identity();
        self.by_client.insert(identity.client, self.all.len());
        self.by_owner.insert(identity.owner, self.all.len());
        self.all.push(agent);
    }

    pub(crate) fn start(&mut self, now: Timestamp) {
        for agent in &mut self.all {
            agent.context.observe(now, &Observation::Time);
            agent.strategy.on_start(&mut agent.context);
        }
    }

    pub(crate) fn observe_all(&mut self, now: Timestamp, observation: &Observation<'_>) {
        for agent in &mut self.all {
            agent.observe(now, observation);
        }
    }

    /// Tells `event` to the strategy that it concerns.
    pub(crate) fn observe_event(&mut self, now: Timestamp, event: &Event) {
        let index = match concerned(event) {
            Some(Concerned::Client(client)) => self.by_client.get(&client),
            Some(Concerned::Owner(owner)) => self.by_owner.get(&owner),
            None => None,
        };
        if let Some(agent) = index.and_then(|index| self.all.get_mut(*index)) {
            agent.observe(now, &Observation::Event(event));
        }
    }

    /// Moves what the strategies asked for into `commands`, by their order of addition, and the
    /// instants at which they want to be told the time into `alarms`.
    pub(crate) fn take_commands(
        &mut self,
        commands: &mut VecDeque<(usize, Command)>,
        alarms: &mut BTreeSet<Timestamp>,
    ) {
        for (index, agent) in self.all.iter_mut().enumerate() {
            alarms.extend(agent.context.take_wakes());
            if agent.context.has_commands() {
                commands.extend(agent.context.drain().map(|command| (index, command)));
            }
        }
    }

    /// `command` as the input of its strategy.
    pub(crate) fn stamp(&mut self, index: usize, command: Command) -> Input {
        let agent = &mut self.all[index];
        agent.client_sequence += 1;
        let client = agent.context.identity().client;
        Input::Command {
            client,
            client_sequence: agent.client_sequence,
            command,
        }
    }
}

enum Concerned {
    Client(ClientId),
    Owner(Owner),
}

fn concerned(event: &Event) -> Option<Concerned> {
    Some(match event {
        Event::Refused(refused) if refused.order_id.0 != 0 => {
            Concerned::Client(refused.order_id.client())
        }
        Event::Refused(refused) => Concerned::Owner(refused.owner),
        Event::OrderRouted(routed) => Concerned::Client(routed.order_id.client()),
        Event::OrderHeld(held) => Concerned::Client(held.order_id.client()),
        Event::OrderApproved(approved) => Concerned::Client(approved.order_id.client()),
        Event::CancelRouted(routed) => Concerned::Client(routed.order_id.client()),
        Event::AmendRouted(routed) => Concerned::Client(routed.order_id.client()),
        Event::OfferRouted(offer) => Concerned::Client(offer.order_id.client()),
        Event::OrderStateChanged(changed) => Concerned::Client(changed.order_id.client()),
        Event::Filled(fill) => Concerned::Client(fill.order_id.client()),
        Event::ParentOpened(opened) => Concerned::Client(opened.parent.client()),
        Event::ParentEnded(ended) => Concerned::Client(ended.parent.client()),
        Event::OrderExplained(explained) => Concerned::Client(explained.order_id.client()),
        Event::PositionChanged(changed) => Concerned::Owner(changed.owner),
        Event::Settled(settled) => Concerned::Owner(settled.owner),
        Event::Cascaded(cascaded) => Concerned::Owner(cascaded.owner),
        Event::OptionExpired(expired) => Concerned::Owner(expired.owner),
        _ => return None,
    })
}
