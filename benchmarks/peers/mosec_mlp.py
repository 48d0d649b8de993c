"""The tiny MLP behind Mosec: one worker, requests as Pilotlight takes them."""

import os

import torch
from mosec import Server, Worker


class Mlp(Worker):
    def __init__(self):
        torch.set_num_threads(1)
        self.module = torch.jit.load(os.environ["MLP_MODEL"])

    def forward(self, data: dict) -> dict:
        given = data["inputs"][0]
        with torch.inference_mode():
            y = self.module(torch.tensor(given["data"], dtype=torch.float32).reshape(given["shape"]))
        output = {"name": "y", "datatype": "FP32", "shape": list(y.shape), "data": y.flatten().tolist()}
        return {"model_name": "mlp", "model_version": "1", "outputs": [output]}


if __name__ == "__main__":
    server = Server()
    server.append_worker(Mlp, num=1)
    server.run()
