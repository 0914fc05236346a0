"""What holds where a caller says nothing, each once: read by functions, commands, forms and studies."""

STEPS = 12
"""Of the sampler."""

GUIDANCE = 7.5
"""Scale of classifier-free guidance, for a model whose folder says nothing else."""

FRAMES = 9
"""Pictures on a strip, the ends included."""

DTYPES = ("float32", "float16", "bfloat16")
"""That a model can be asked to run in."""

COUPLINGS = ("optimal", "standard", "random")
"""That a strip is drawn along."""
