"""Two things measured in turns, so that what disturbs the machine for a while disturbs both."""

from statistics import median


def turns(ours, theirs, rounds):
    """What each of the two measures, by round. Who begins changes from round to round."""
    pairs = []
    for number in range(rounds):
        if number % 2:
            second = theirs()
            pairs.append((ours(), second))
        else:
            pairs.append((ours(), theirs()))
    return pairs


def compared(pairs):
    """The median of each, and of the rounds' own ratios."""
    return (*(median(column) for column in zip(*pairs)), median(ours / theirs for ours, theirs in pairs))
