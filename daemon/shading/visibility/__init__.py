"""How visible a change is: the metric, where the change may be strong, how strong it may be."""
