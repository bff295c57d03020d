// Follows a run that goes on.

const TEXTS = {
  waiting: 'Connecting to the run…',
  live: 'Live',
  lost: 'The connection to wasock is lost; this page tries again. If the run has ended, this is its last known state.',
  ended: 'The run has ended. This is its final state.',
};

/** Calls `update` with each event, and says in `place` how the connection is. */
export function watch(update, place) {
  const tell = (state) => {
    place.textContent = TEXTS[state];
    place.dataset.state = state;
  };
  tell('waiting');
  const source = new EventSource('events');
  source.onmessage = ({ data }) => {
    const event = JSON.parse(data);
    update(event);
    tell(event.ended ? 'ended' : 'live');
    if (event.ended) source.close();
  };
  source.onerror = () => tell('lost');
}
