"""How Postcards is trained, from nothing: `make postcards`; one stage: `python -m sdinterp.postcards.training STAGE`.

Stages: `text` and `autoencoder` (in any order, or side by side), `judge` (apart from the model), `unet`, `decoder` (the
autoencoder's second half, tuned alone), `image` (the image encoder, against a text encoder held still), `export`. Each stage
writes checkpoints into a work folder outside the repository and, killed, goes on from the last one. Where the work folder does not
hold what a stage builds on, the committed weights stand in; `export` replaces the parts that were trained and keeps the others.
"""
