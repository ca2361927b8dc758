//! Known differences from the expectations of the sample, each argued from BPMN 2.0.2.

/// A case that comes out otherwise here, and why that is right.
pub(super) struct Known {
    /// The id of the case.
    pub(super) case: &'static str,
    /// Its scenarios by name; empty for all.
    pub(super) scenarios: &'static [&'static str],
    /// Why.
    pub(super) because: &'static str,
}

/// All of them. One that agrees has to go: the test says so.
pub(super) const KNOWN: &[Known] = &[
    Known {
        case: "zeebe--error-end-event",
        scenarios: &[],
        because: "an error that nothing catches is an incident (10.5.6: the behavior is not specified, and an engine \
                  must not call it a good end); both engines that were asked call such a run completed",
    },
    Known {
        case: "zeebe--LinkEventTest.testCatchLinkEventAfterEventBasedGatewayNotAllowed",
        scenarios: &[],
        because: "behind an event-based gateway only message, signal, timer, conditional and multiple catch events and \
                  receive tasks may stand (10.6.6); a link event is refused, as the name of the case says",
    },
    Known {
        case: "spiff--gateway_loop_input",
        scenarios: &["loop"],
        because: "a parallel gateway waits for a token on each of its incoming flows (13.4.1): one of them comes from \
                  behind the gateway, so the run is stuck; the engine that was asked joins with what is there",
    },
    Known {
        case: "flowable--BoundaryTimerEventTest.testRepeatTimerDuration",
        scenarios: &["timer-fires-before-tasks"],
        because: "`R3/PT24H` is due three times while the task is open (ISO 8601, 5.6; 10.5.4: a timer that does not \
                  interrupt fires as long as its activity runs); the engine that was asked never fires it",
    },
    Known {
        case: "flowable--BoundaryTimerNonInterruptingEventTest.testTimerWithCycle",
        scenarios: &["timer-fires-before-tasks"],
        because: "`R/PT1H` is due 87600 times in the ten years for which the task is open; the engine that was asked \
                  never fires it",
    },
    Known {
        case: "flowable--BoundaryTimerNonInterruptingEventTest.testTimerOnEmbeddedSubprocess",
        scenarios: &["timer-fires-before-tasks"],
        because: "the two that are said to be in order lie on branches that run beside each other: no flow leads from \
                  one to the other",
    },
    Known {
        case: "spiff--boundary_timer_on_task",
        scenarios: &["timer-first"],
        because: "variables belong to the process, not to tokens (10.4.1): what the branch of the timer sets stays \
                  set; the engine that was asked keeps the data of the last token only",
    },
    Known {
        case: "bpmn-elements--issue-31-cm",
        scenarios: &[],
        because: "its condition calls a service of the host; an expression here asks for values and calls nothing",
    },
    Known {
        case: "spiff--CallActivity-Escalation-Test-Sub",
        scenarios: &[],
        because: "its condition calls `vars()` of Python",
    },
    Known { case: "spiff--ScriptTest", scenarios: &[], because: "its script is a program in Python" },
];
