from typing_extensions import disjoint_base

from uvnet._core.waiter import Steps

@disjoint_base
class Awaiting(Steps): ...
